'use strict';

/*
 * The traces of report.html, drawn by dygraphs from the JSON that page_data.h describes. A chart draws a few thousand
 * samples at a time: the smallest and the largest of each stretch in view, and every sample as soon as these are few
 * enough. Below it stands whether every sample is in view. Text gets into the page only as textContent.
 */
(() => {
	const NS_PER_S = 1e9;
	/* Stretches in view, each drawn as two samples; a side out of view has this many. */
	const STRETCHES = 1500;
	const STRETCHES_ASIDE = 100;
	/* With so few samples in view each is a dot. */
	const DOTS = 80;
	const MARGIN = 0.03;
	const PARTS = [
		['kernel', 'kernel', '#7f7f7f'],
		['anonymous', 'anonymous', '#0072b2'],
		['shmem', 'shmem, tmpfs', '#009e73'],
		['file', 'page cache of files', '#e69f00'],
	];

	const data = JSON.parse(document.getElementById('data').textContent);
	const section = document.getElementById('traces');
	const place = document.getElementById('charts');
	const controls = document.getElementById('controls');
	const charts = [];
	const together = checkbox('zoom together', true);
	const fromZero = checkbox('memory from 0', true);

	/* ---- elements */

	function element(name, text, className) {
		const made = document.createElement(name);

		if (text)
			made.textContent = text;
		if (className)
			made.className = className;
		return made;
	}

	function checkbox(text, checked) {
		const label = element('label');
		const input = element('input');

		input.type = 'checkbox';
		input.checked = checked;
		label.append(input, ` ${text}`);
		return { label, input };
	}

	function button(text, title, act) {
		const made = element('button', text);

		made.type = 'button';
		made.title = title;
		made.setAttribute('aria-label', title);
		made.addEventListener('click', act);
		return made;
	}

	function color(name) {
		return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
	}

	/* ---- samples */

	function sums(differences) {
		const values = new Float64Array(differences.length);
		let sum = 0;

		differences.forEach((difference, i) => {
			sum += difference;
			values[i] = sum;
		});
		return values;
	}

	/* What was sampled last holds until the next sample, of the truth until task_end. */
	function readTrace(trace, chart) {
		const read = {
			kind: trace.kind,
			total: trace.total,
			n: trace.times.length,
			times: sums(trace.times),
			values: sums(trace.values),
			whole: joined(trace.whole),
		};

		if (trace.kind === 'truth' && read.times[read.n - 1] < chart.end_ns) {
			read.times = appended(read.times, chart.end_ns);
			read.values = appended(read.values, read.values[read.n - 1]);
		}
		return read;
	}

	function appended(array, value) {
		const longer = new Float64Array(array.length + 1);

		longer.set(array);
		longer[array.length] = value;
		return longer;
	}

	function joined(intervals) {
		const result = [];

		for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
			const last = result[result.length - 1];

			if (last && from <= last[1])
				last[1] = Math.max(last[1], to);
			else
				result.push([from, to]);
		}
		return result;
	}

	/* The index of the first time at or after this one. */
	function find(times, time) {
		let low = 0;
		let high = times.length;

		while (low < high) {
			const middle = (low + high) >> 1;

			if (times[middle] < time)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	/* Adds the indices from begin to end: all, or the smallest and the largest of so many stretches. */
	function pick(values, begin, end, stretches, indices) {
		const n = end - begin;

		if (n <= 2 * stretches) {
			for (let i = begin; i < end; i++)
				indices.push(i);
			return;
		}
		for (let stretch = 0; stretch < stretches; stretch++) {
			const last = begin + Math.floor(n * (stretch + 1) / stretches);
			let smallest = begin + Math.floor(n * stretch / stretches);
			let largest = smallest;

			for (let i = smallest + 1; i < last; i++) {
				if (values[i] < values[smallest])
					smallest = i;
				if (values[i] > values[largest])
					largest = i;
			}
			indices.push(Math.min(smallest, largest));
			if (smallest !== largest)
				indices.push(Math.max(smallest, largest));
		}
	}

	/* What is drawn of a trace: the interval in view with a sample on each side, and less of the rest. */
	function drawn(trace, from, to) {
		const begin = Math.max(find(trace.times, from) - 1, 0);
		const end = Math.min(find(trace.times, to) + 1, trace.times.length);
		const indices = [];

		pick(trace.values, 0, begin, STRETCHES_ASIDE, indices);
		pick(trace.values, begin, end, STRETCHES, indices);
		pick(trace.values, end, trace.times.length, STRETCHES_ASIDE, indices);
		return { indices, inView: end - begin, thinned: end - begin > 2 * STRETCHES };
	}

	/* Whether every sample that the trial has between these times is in the page. */
	function isWhole(trace, from, to) {
		if (trace.total <= trace.n)
			return true;
		return trace.whole.some(([first, last]) => first <= from && to <= last);
	}

	/* ---- rows for dygraphs: [seconds, value, ...]; null: no sample of this series; NaN: nothing was sampled */

	function rowsOf(chart, picked) {
		const rows = new Map();
		const width = chart.traces.length + 1;

		function set(time, column, value) {
			let row = rows.get(time);

			if (!row) {
				row = new Array(width).fill(null);
				row[0] = time / NS_PER_S;
				rows.set(time, row);
			}
			row[column] = value;
		}

		chart.traces.forEach((trace, i) => {
			for (const index of picked[i].indices)
				set(trace.times[index], i + 1, trace.values[index] / chart.unit_bytes);
			if (trace.kind === 'reference')
				for (const [begin, end] of chart.gaps)
					if (end > begin)
						set(begin + 1, i + 1, NaN);
		});
		return [...rows.values()].sort((a, b) => a[0] - b[0]);
	}

	function partRows(chart) {
		const times = sums(chart.parts.times);
		const columns = PARTS.map(([key]) => sums(chart.parts[key]));

		return Array.from(times, (time, i) =>
			[time / NS_PER_S, ...columns.map((column) => column[i] / chart.unit_bytes)]);
	}

	/* ---- numbers */

	/* As many decimals as tell two ticks apart. */
	function secondsText(seconds, range) {
		const decimals = Math.min(9, Math.max(0, 2 - Math.floor(Math.log10(range || 1))));

		return String(Number(seconds.toFixed(decimals)));
	}

	function bytesText(value, chart) {
		return `${(value).toFixed(2)} ${chart.unit} (${Math.round(value * chart.unit_bytes)} bytes)`;
	}

	/* ---- a chart */

	const names = {
		reference: "kernel's account",
		metric: 'reported by the backend',
		truth: 'truth, as the task declared it',
	};

	function baseOptions(chart, legend) {
		return {
			legend: 'always',
			labelsDiv: legend,
			stepPlot: true,
			includeZero: fromZero.input.checked,
			gridLineColor: color('grid'),
			axisLineColor: color('rule'),
			xlabel: 'seconds since task_begin',
			ylabel: chart.unit,
			xLabelHeight: 16,
			yLabelWidth: 16,
			highlightCircleSize: 4,
			axes: {
				x: {
					axisLabelFormatter(value, granularity, options, graph) {
						const [from, to] = graph.xAxisRange();

						return secondsText(value, to - from);
					},
					valueFormatter: (value) => `${Number(value.toFixed(9))} s`,
				},
				y: {
					axisLabelFormatter: (value) => String(Number(value.toPrecision(6))),
					valueFormatter: (value) => bytesText(value, chart),
				},
			},
			underlayCallback: (context, area, graph) => drawMarks(context, area, graph, chart),
			drawCallback: (graph) => follow(chart, graph.xAxisRange()),
		};
	}

	/* task_begin, task_end, and the limit where the axis reaches it. */
	function drawMarks(context, area, graph, chart) {
		context.save();
		context.setLineDash([2, 4]);
		context.strokeStyle = color('rule');
		for (const seconds of [0, chart.end_ns / NS_PER_S]) {
			const x = graph.toDomXCoord(seconds);

			context.beginPath();
			context.moveTo(x, area.y);
			context.lineTo(x, area.y + area.h);
			context.stroke();
		}
		const y = chart.limit ? graph.toDomYCoord(chart.limit / chart.unit_bytes) : -1;

		if (y >= area.y) {
			context.setLineDash([9, 4]);
			context.strokeStyle = color('bad');
			context.beginPath();
			context.moveTo(area.x, y);
			context.lineTo(area.x + area.w, y);
			context.stroke();
		}
		context.restore();
	}

	function seriesOptions(chart) {
		const looks = {
			reference: { color: color('reference'), fillGraph: true, strokeWidth: 1 },
			metric: { color: chart.color, strokeWidth: 2 },
			truth: { color: color('truth'), strokeWidth: 1.5, strokePattern: [9, 4] },
		};

		return Object.fromEntries(chart.traces.map((trace) => [names[trace.kind], looks[trace.kind]]));
	}

	function draw(chart) {
		const backend = data.backends[chart.backend];
		const figure = element('figure');
		const caption = element('figcaption');
		const title = `${chart.pointLabel ? `${chart.pointLabel}, ` : ''}${backend}`;
		const canvas = element('div', '', 'chart');
		const legend = element('div', '', 'legend');

		chart.status = element('p');
		chart.status.setAttribute('role', 'status');
		caption.append(element('h3', title), element('p', summaryOf(chart)));
		canvas.setAttribute('role', 'img');
		canvas.setAttribute('aria-label', `Memory over time, ${title}: ${summaryOf(chart)}`);
		figure.append(caption, canvas, legend, chart.status);
		place.append(figure);
		chart.figure = figure;
		chart.range = chart.range || taskRange(chart);
		chart.loaded = null;
		chart.graphs = [];
		const picked = load(chart, chart.range);
		chart.graphs.push(new Dygraph(canvas, picked, {
			...baseOptions(chart, legend),
			labels: ['time', ...chart.traces.map((trace) => names[trace.kind])],
			series: seriesOptions(chart),
			connectSeparatedPoints: true,
			fillAlpha: 0.3,
			drawPoints: chart.dots,
			pointSize: 2,
			dateWindow: chart.range,
		}));
		if (chart.parts)
			drawParts(chart, title);
	}

	function drawParts(chart, title) {
		const canvas = element('div', '', 'chart parts');
		const legend = element('div', '', 'legend');

		canvas.setAttribute('role', 'img');
		canvas.setAttribute('aria-label', `What memory was made of over time, ${title}`);
		chart.figure.append(canvas, legend,
			element('p', `memory.stat, stacked, as it was read${chart.parts.thinned ? '; thinned evenly' : ''}`));
		chart.graphs.push(new Dygraph(canvas, partRows(chart), {
			...baseOptions(chart, legend),
			labels: ['time', ...PARTS.map(([, name]) => name)],
			colors: PARTS.map(([, , partColor]) => partColor),
			stackedGraph: true,
			fillAlpha: 0.7,
			dateWindow: chart.range,
		}));
	}

	function summaryOf(chart) {
		const metric = chart.metric ? `${chart.metric}, ` : '';
		const limit = chart.limit ? `; limit ${Number((chart.limit / chart.unit_bytes).toFixed(2))} ${chart.unit}` : '';

		return `trial ${chart.trial}: ${metric}${chart.summary}${limit}`;
	}

	function taskRange(chart) {
		const end = Math.max(chart.end_ns, 1) / NS_PER_S;

		return [-MARGIN * end, (1 + MARGIN) * end];
	}

	/* Picks what is drawn of an interval, and says below the chart how much of the trial's samples that is. */
	function load(chart, range) {
		const from = range[0] * NS_PER_S;
		const to = range[1] * NS_PER_S;
		const picked = chart.traces.map((trace) => drawn(trace, from, to));

		chart.loaded = range;
		chart.range = range;
		chart.figure.dataset.from = range[0];
		chart.figure.dataset.to = range[1];
		chart.dots = picked.every(({ inView }) => inView <= DOTS);
		chart.status.textContent = statusOf(chart, picked, from, to);
		return rowsOf(chart, picked);
	}

	function statusOf(chart, picked, from, to) {
		const first = Math.min(...chart.traces.map((trace) => trace.times[0]));
		const last = Math.max(...chart.traces.map((trace) => trace.times[trace.n - 1]));
		const lacking = chart.traces.filter((trace) =>
			!isWhole(trace, Math.max(from, first), Math.min(to, last)));

		if (lacking.length > 0)
			return lacking.map((trace) => `${names[trace.kind]}: ${trace.n} of ${trace.total} samples ` +
				'are in this page. In view are the smallest and the largest of each stretch; every sample is ' +
				'in results.h5, and here around task_begin, the peak and task_end.').join(' ');
		if (picked.some(({ thinned }) => thinned))
			return 'In view are the smallest and the largest of each stretch; zoom in to see every sample.';
		return 'In view is every sample.';
	}

	/* After a zoom or a move, by whatever caused it. */
	function follow(chart, range) {
		if (!chart.graphs || chart.graphs.length === 0 || chart.busy ||
			(chart.loaded[0] === range[0] && chart.loaded[1] === range[1]))
			return;
		show(together.input.checked ? charts.filter((other) => other.figure) : [chart], () => range);
	}

	function show(shown, rangeOf) {
		for (const chart of shown) {
			const range = rangeOf(chart);

			if (!(range[1] > range[0]))
				continue;
			chart.busy = true;
			chart.graphs[0].updateOptions({ file: load(chart, range), drawPoints: chart.dots, dateWindow: range });
			if (chart.graphs[1])
				chart.graphs[1].updateOptions({ dateWindow: range });
			chart.busy = false;
		}
	}

	function erase(chart) {
		if (!chart.figure)
			return;
		chart.graphs.forEach((graph) => graph.destroy());
		chart.figure.remove();
		chart.figure = null;
		chart.graphs = null;
	}

	/* ---- what is chosen */

	function choices(title, texts, isChosen) {
		const fieldset = element('fieldset');
		const boxes = texts.map((text, i) => checkbox(text, isChosen(i)));

		fieldset.append(element('legend', title), ...boxes.map(({ label }) => label));
		boxes.forEach(({ input }) => input.addEventListener('change', redraw));
		controls.append(fieldset);
		return boxes.map(({ input }) => input);
	}

	/* In the order of the file, whatever was chosen first. */
	function redraw() {
		charts.forEach(erase);
		for (const chart of charts)
			if (points[chart.point].checked && backends[chart.backend].checked)
				draw(chart);
	}

	function visible() {
		return charts.filter((chart) => chart.figure);
	}

	function zoom(factor, shift) {
		show(visible(), ({ range: [from, to] }) => {
			const middle = (from + to) / 2 + shift * (to - from);
			const half = (to - from) * factor / 2;

			return [middle - half, middle + half];
		});
	}

	/* So near to the largest sample that each is seen. */
	function zoomToPeak() {
		show(visible(), (chart) => {
			const [trace] = chart.traces;
			let peak = 0;

			for (let i = 0; i < trace.times.length; i++)
				if (trace.values[i] > trace.values[peak])
					peak = i;
			return [Math.max(peak - 20, 0), Math.min(peak + 20, trace.times.length - 1)]
				.map((i) => trace.times[i] / NS_PER_S);
		});
	}

	data.points.forEach((point, i) => {
		for (const chart of point.charts) {
			chart.traces = chart.traces.map((trace) => readTrace(trace, chart));
			if (chart.traces.length > 0)
				charts.push(Object.assign(chart, { point: i, pointLabel: point.label }));
		}
	});
	const points = choices('points', data.points.map(({ label }) => label || 'the only one'),
		(i) => data.points[i].largest);
	const backends = choices('backends', data.backends, () => true);
	controls.append(together.label, fromZero.label,
		button('+', 'zoom in', () => zoom(0.5, 0)),
		button('−', 'zoom out', () => zoom(2, 0)),
		button('◀', 'earlier', () => zoom(1, -0.25)),
		button('▶', 'later', () => zoom(1, 0.25)),
		button('peak', 'zoom to the samples around the peak', zoomToPeak),
		button('task', 'from task_begin to task_end', () => show(visible(), taskRange)));
	fromZero.input.addEventListener('change', redraw);
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
	section.hidden = false;
	redraw();
	document.documentElement.dataset.drawn = 'yes';
})();
