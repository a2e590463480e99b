#include "runner/report/script.h"

#include "runner/host/run_files.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/process.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* Far longer than a picture takes, even in an emulated machine. */
#define DRAW_LIMIT_NS (600 * NS_PER_S)

/* A gnuplot variable: if set, the picture goes to stdout. */
#define PIPED "memcg_run"

#define INK "#222222"
#define FONT "DejaVu Sans"

int plots_open(int run_fd, struct plots *ret_plots, struct error *error)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;

	if (mkdirat(run_fd, RUN_PLOTS, 0755) < 0 && errno != EEXIST)
		return error_set_errno(error, errno, "cannot make the folder " RUN_PLOTS);
	fd = beneath_open_folder(run_fd, RUN_PLOTS);
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set_errno(
			error, fd < 0 ? -fd : errno, "cannot open the folder " RUN_PLOTS);
	if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(error, EPERM,
			"cannot draw in the folder " RUN_PLOTS
			": it is another user's, or others may write to "
			"it; remove it");
	*ret_plots = (struct plots){.run_fd = run_fd, .fd = TAKE_FD(fd)};
	return 0;
}

void plots_release(struct plots *plots)
{
	cleanup_close(&plots->fd);
	*plots = PLOTS_NONE;
}

int plots_create_file(
	const struct plots *plots, const char *name, FILE **ret_stream, struct error *error)
{
	int fd = file_create_part(plots->fd, name, O_WRONLY, 0644);
	FILE *stream;

	if (fd < 0)
		return error_set_errno(error, -fd, "cannot create plots/%s", name);
	stream = fdopen(fd, "w");
	if (!stream) {
		close(fd);
		return error_set_errno(error, ENOMEM, "cannot create plots/%s", name);
	}
	*ret_stream = stream;
	return 0;
}

int plots_close_file(FILE **stream, const char *name, struct error *error)
{
	FILE *closing = TAKE_PTR(*stream);
	bool failed = ferror(closing);

	if (fclose(closing) != 0)
		return error_set_errno(error, errno, "cannot write plots/%s", name);
	if (failed)
		return error_set_errno(error, EIO, "cannot write plots/%s", name);
	return 0;
}

static int run_gnuplot(const struct plots *plots, const char *script_name, int script_fd,
	int picture_fd, struct error *error)
{
	/* -d: ignores the user's gnuplot settings. */
	static const char *const argv[] = {"gnuplot", "-d", "-e", PIPED " = 1", "-", NULL};
	CLEANUP(cleanup_free) char *directory = string_format("/proc/self/fd/%d", plots->fd);
	const int streams[] = {script_fd, picture_fd};
	const struct process_helper gnuplot = {.argv = argv,
		.directory = directory,
		.streams = streams,
		.own_session = true,
		.limit_ns = DRAW_LIMIT_NS};
	int r;

	if (!directory)
		return error_set_errno(error, ENOMEM, "cannot start gnuplot");
	r = process_run(&gnuplot, NULL, error);
	if (r == -ENOENT)
		return error_set(error, ENOENT,
			"gnuplot is not installed, and draws the pictures: apt-get install "
			"gnuplot-nox");
	return r < 0 ? error_prefix(error, "cannot draw plots/%s", script_name) : 0;
}

static int draw_part(const struct plots *plots, const char *script_name, int folder_fd,
	const char *part, struct error *error)
{
	CLEANUP(cleanup_close) int script_fd = -1;
	CLEANUP(cleanup_close) int picture_fd = -1;
	int r = beneath_open_file(plots->fd, script_name, script_name, &script_fd, error);

	if (r < 0)
		return r;
	picture_fd = file_create_part(folder_fd, part, O_WRONLY, 0644);
	if (picture_fd < 0)
		return error_set_errno(error, -picture_fd, "cannot create %s", part);
	return run_gnuplot(plots, script_name, script_fd, picture_fd, error);
}

static int plots_draw(
	const struct plots *plots, const char *script_name, const char *output, struct error *error)
{
	const bool above = strncmp(output, "../", 3) == 0;
	const int folder_fd = above ? plots->run_fd : plots->fd;
	const char *name = above ? output + 3 : output;
	CLEANUP(cleanup_free) char *part = string_format("%s.part", name);
	int r;

	if (!part)
		return error_set_errno(error, ENOMEM, "cannot draw plots/%s", script_name);
	r = draw_part(plots, script_name, folder_fd, part, error);
	if (r == 0 && renameat(folder_fd, part, folder_fd, name) < 0)
		r = error_set_errno(error, errno, "cannot rename %s to %s", part, name);
	if (r < 0)
		(void)unlinkat(folder_fd, part, 0);
	return r;
}

static void write_settings(const struct script *script)
{
	fprintf(script->stream,
		"# Made by memcg-run. Change it as you like, and draw it again:\n"
		"#     cd plots && gnuplot %s\n"
		"set encoding utf8\n"
		"set terminal pngcairo size %.0f,%.0f noenhanced font '" FONT
		",11' background '#ffffff'\n"
		"if (!exists('" PIPED "')) set output ",
		script->name, script->width, script->height);
	script_quote(script->stream, script->output);
	fputs("\n"
	      "set border 3 lc rgb '#888888'\n"
	      "set tics out nomirror scale 0.5 textcolor rgb '" INK "' font '" FONT ",10'\n"
	      "set grid lc rgb '#e4e4e4' lw 1 dt 1\n"
	      "set datafile missing 'NaN'\n"
	      "unset key\n"
	      "set multiplot\n",
		script->stream);
}

int script_open(
	struct script *script, const struct plots *plots, const char *output, struct error *error)
{
	const char *slash = strrchr(output, '/');
	const char *picture = slash ? slash + 1 : output;
	CLEANUP(cleanup_free)
	char *name = string_format("%.*s.gp", (int)strcspn(picture, "."), picture);
	int r = name ? plots_create_file(plots, name, &script->stream, error)
		     : error_set_errno(error, ENOMEM, "cannot draw %s", picture);

	if (r < 0)
		return r;
	script->plots = plots;
	script->output = output;
	script->name = TAKE_PTR(name);
	write_settings(script);
	return 0;
}

int script_close(struct script *script, int r, struct error *error)
{
	CLEANUP(cleanup_free) char *name = TAKE_PTR(script->name);
	int closed;

	fputs("unset multiplot\nunset output\n", script->stream);
	closed = plots_close_file(&script->stream, name, r < 0 ? NULL : error);
	if (r == 0)
		r = closed;
	return r < 0 ? r : plots_draw(script->plots, name, script->output, error);
}

void script_place(const struct script *script, double left, double top, double right, double bottom)
{
	fprintf(script->stream,
		"\nset lmargin at screen %.6f; set rmargin at screen %.6f\n"
		"set tmargin at screen %.6f; set bmargin at screen %.6f\n",
		left / script->width, right / script->width, 1.0 - top / script->height,
		1.0 - bottom / script->height);
}

void script_text(
	const struct script *script, const struct script_text *text, const char *format, ...)
{
	static const char *const aligns[] = {"left", "center", "right"};
	CLEANUP(cleanup_free) char *words = NULL;
	va_list arguments;

	va_start(arguments, format);
	words = string_vformat(format, arguments);
	va_end(arguments);
	if (!words)
		return;
	fputs("set label ", script->stream);
	script_quote(script->stream, words);
	fprintf(script->stream,
		" at screen %.6f, screen %.6f %s rotate by %d font '" FONT "%s,%u' tc rgb '%s' "
		"front\n",
		text->x / script->width, 1.0 - text->y / script->height, aligns[text->align],
		text->degrees, text->bold ? ":Bold" : "", text->points ? text->points : 11,
		text->color ? text->color : INK);
}

void script_line(const struct script *script, double x, double y, double length, const char *color,
	double width, const char *dash)
{
	double screen_y = 1.0 - y / script->height;

	fprintf(script->stream,
		"set arrow from screen %.6f, screen %.6f to screen %.6f, screen %.6f nohead "
		"lc rgb '%s' lw %g dt %s front\n",
		x / script->width, screen_y, (x + length) / script->width, screen_y, color, width,
		dash);
}

static void add_rectangle(const struct script *script, double x, double y, double width,
	double height, const char *color, const char *fill)
{
	fprintf(script->stream,
		"set object rectangle from screen %.6f, screen %.6f to screen %.6f, screen %.6f "
		"fc rgb '%s' fs %s noborder behind\n",
		x / script->width, 1.0 - (y + height) / script->height, (x + width) / script->width,
		1.0 - y / script->height, color, fill);
}

void script_box(const struct script *script, double x, double y, double width, double height,
	const char *color)
{
	add_rectangle(script, x, y, width, height, color, "solid");
}

void script_hatch(const struct script *script, double x, double y, double width, double height,
	const char *color)
{
	add_rectangle(script, x, y, width, height, color, "transparent pattern 4");
}

void script_forget(const struct script *script)
{
	fputs("unset label; unset arrow; unset object\n", script->stream);
}

void script_quote(FILE *stream, const char *text)
{
	fputc('\'', stream);
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fputc(' ', stream);
		else if (*text == '\'')
			fputs("''", stream);
		else
			fputc(*text, stream);
	}
	fputc('\'', stream);
}

const char *script_color(size_t index)
{
	static const char *const colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
		"#56b4e9", "#7f3c8d", "#80391e", "#3f5f00", "#e8439a", "#00a5a0", "#8c8c00",
		"#2b2f77", "#ff8a80", "#6aa84f", "#b0a1e8", "#a3005c", "#c7a76c", "#00524a",
		"#9e5bd0"};

	return colors[index % (sizeof(colors) / sizeof(colors[0]))];
}
