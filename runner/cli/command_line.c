#include "runner/cli/command_line.h"

#include "runner/experiment/suggestion.h"

#include <stdio.h>
#include <string.h>

const struct command_row command_rows[N_COMMANDS] = {
	[COMMAND_RUN] = {"run", NULL, OPERAND_EXPERIMENT,
		"run an experiment; the word run may be left out",
		"Runs every trial of the experiment, then prints a table and draws\n"
		"pictures. The results go to a new folder, output/<time>-<name>. Needs\n"
		"root or a login session.\n"},
	[COMMAND_RESUME] = {"resume", NULL, OPERAND_RUN, "resume an interrupted run",
		"Keeps the trials that are finished, runs the interrupted trial again,\n"
		"and then the rest of the plan. Refuses if an input of the run (the\n"
		"experiment, the task's files, the image, the kernel, ...) has changed,\n"
		"unless --force is given.\n"},
	[COMMAND_CHECK] = {"check", NULL, OPERAND_EXPERIMENT,
		"validate an experiment and print its plan",
		"Reports every mistake with its line, or prints what a run would do: how\n"
		"many trials, in which order, and for how long at most. Changes nothing\n"
		"and needs no privilege.\n"},
	[COMMAND_LIMIT] = {"limit", NULL, OPERAND_EXPERIMENT,
		"search the smallest memory limit that a task survives",
		"Runs the task without a limit, then under limits that close in on the\n"
		"smallest, until its survival there is shown, and measures what a limit\n"
		"costs. Says before it starts how many trials that takes. Exit status 1 if\n"
		"no limit was found.\n"},
	[COMMAND_REPORT] = {"report", NULL, OPERAND_RUN,
		"draw a run's pictures and print its table again",
		"Reads results.h5 only, so the run may come from another machine.\n"},
	[COMMAND_SHOW] = {"show", NULL, OPERAND_RUN_TRIAL,
		"print a run's trials, or one trial in full",
		"Lists the trials of the run, prints its table and why trials failed. With\n"
		"TRIAL, a number of that list, prints the trial: its facts, its marks and\n"
		"declared truth, and what it printed. Reads results.h5 only.\n"},
	[COMMAND_DATASHEET] = {"datasheet", NULL, OPERAND_RUN,
		"show which reporter is right about what",
		"Needs a run of phenomena, such as experiments/datasheet.toml. Prints the\n"
		"data sheet and writes it to the run's folder as PNG, Markdown and CSV.\n"},
	[COMMAND_FIT] = {"fit", NULL, OPERAND_RUN, "fit a model of the peak to the input's size",
		"Needs a run whose experiment sweeps over at least 3 sizes. Prints the\n"
		"model with 95 % intervals and its predictions, and writes fit.csv and\n"
		"fit.png to the run's folder.\n"},
	[COMMAND_COMPARE] = {"compare", NULL, OPERAND_RUNS,
		"compare two runs, or within one: the gate for CI",
		"Prints the ratio of peak, unreclaimable peak and wall time of the second\n"
		"run to the first, or within a run --by what, with 99 % intervals. Exit\n"
		"status 0 if the peak is at most --max-increase larger, 4 if it is more, 5\n"
		"if too few trials or their spread decide neither. Runs on different\n"
		"machines, kernels, images, runtimes, CPUs or limits are refused, unless\n"
		"--force is given.\n"},
	[COMMAND_DOCTOR] = {"doctor", NULL, OPERAND_NONE,
		"report what this host offers and what it lacks",
		"Says for each finding what it means and what to do about it. Exit status\n"
		"3 if experiments cannot run here.\n"},
	[COMMAND_CLEAN] = {"clean", NULL, OPERAND_NONE, "remove what killed runs left on this host",
		"Removes their cgroups, containers and working folders, and nothing else.\n"
		"The next run does the same, so this is needed only if none follows.\n"},
	[COMMAND_IMAGE_LIST] = {"image", "list", OPERAND_NONE, "list the container images",
		"Shows for each image whether it is built, its size and its digest.\n"},
	[COMMAND_IMAGE_BUILD] = {"image", "build", OPERAND_IMAGE, "build an image (needs root)",
		"Builds it from its recipe with mmdebstrap, from a Debian mirror.\n"},
	[COMMAND_IMAGE_VERIFY] = {"image", "verify", OPERAND_IMAGE,
		"compare an image with what was built",
		"Reads every file of the image. Exit status 3 if one has changed.\n"},
	[COMMAND_IMAGE_REMOVE] = {"image", "remove", OPERAND_IMAGE, "remove an image (needs root)",
		"It can be built again.\n"},
	[COMMAND_COMPLETION] = {"completion", NULL, OPERAND_SHELL,
		"print a completion script for a shell",
		"SHELL is " COMPLETION_SHELLS ". `make install` installs the scripts; to try\n"
		"one in bash:\n"
		"source <(memcg-run completion bash)\n"},
	[COMMAND_VERSION] = {"version", NULL, OPERAND_NONE, "print the version", ""},
	[COMMAND_HELP] = {"help", NULL, OPERAND_COMMAND, "explain a command and its options", ""},
};

#define RUNS (1U << COMMAND_RUN | 1U << COMMAND_RESUME | 1U << COMMAND_LIMIT)
#define LIMIT (1U << COMMAND_LIMIT)
/* Those of an experiment that a search does not have, and all. */
#define TRIALS (1U << COMMAND_RUN | 1U << COMMAND_CHECK)
#define DESCRIBED (TRIALS | LIMIT)
#define ANALYSES (1U << COMMAND_REPORT | 1U << COMMAND_DATASHEET)

const struct option_row option_rows[N_OPTIONS] = {
	[OPTION_OUTPUT] = {'o', "output", "DIR", NULL, 1U << COMMAND_RUN | LIMIT,
		"create the run's folder in DIR (default: output)"},
	[OPTION_QUIET] = {'q', "quiet", NULL, NULL,
		RUNS | ANALYSES | 1U << COMMAND_FIT | 1U << COMMAND_COMPARE | 1U << COMMAND_CLEAN |
			1U << COMMAND_IMAGE_BUILD | 1U << COMMAND_IMAGE_VERIFY,
		"print only warnings and errors; of a run its folder"},
	[OPTION_VERBOSE] = {'v', "verbose", NULL, NULL, RUNS | 1U << COMMAND_CHECK,
		"print every step; with check, every trial"},
	[OPTION_QUICK] = {'\0', "quick", NULL, NULL, DESCRIBED,
		"one repetition and no warm-up; limit: shows a\nsurvival of 90 % only"},
	[OPTION_NO_PICTURES] = {'\0', "no-pictures", NULL, NULL, RUNS,
		"draw no pictures; `report RUN` draws them later"},
	[OPTION_FORCE] = {'\0', "force", NULL, NULL, 1U << COMMAND_RESUME | 1U << COMMAND_COMPARE,
		"resume: even if inputs changed (recorded);\ncompare: even runs on different "
		"machines"},
	[OPTION_TRUTH] = {'\0', "truth", "KIND", "requested touched charged unique",
		1U << COMMAND_DATASHEET,
		"judge by memory requested, touched, charged\n(default) or unique"},
	[OPTION_ALL_METRICS] = {'\0', "all-metrics", NULL, NULL, 1U << COMMAND_DATASHEET,
		"judge every metric in bytes, not only each\nreporter's main one"},
	[OPTION_JSON] = {'\0', "json", NULL, NULL,
		DESCRIBED | RUNS | ANALYSES | 1U << COMMAND_SHOW | 1U << COMMAND_FIT |
			1U << COMMAND_COMPARE | 1U << COMMAND_DOCTOR,
		"print the result as JSON, and nothing else on stdout"},
	[OPTION_X] = {'\0', "x", "SIZE", NULL, 1U << COMMAND_FIT,
		"the size: a parameter, or a product such as\nnx*ny*nz or edge^3"},
	[OPTION_METRIC] = {'\0', "metric", "NAME", NULL, 1U << COMMAND_FIT | 1U << COMMAND_COMPARE,
		"fit: what to model (default: the kernel's account);\n"
		"compare: what decides, peak (default),\nunreclaimable or wall"},
	[OPTION_PREDICT] = {'\0', "predict", "N", NULL, 1U << COMMAND_FIT,
		"predict the peak at size N; may be repeated"},
	[OPTION_BY] = {'\0', "by", "NAME", NULL, 1U << COMMAND_COMPARE | LIMIT,
		"compare within one run: by backend, by task, or by\nthe values of a parameter;\n"
		"limit: by memory.max (max, the default), or high"},
	[OPTION_MAX_INCREASE] = {'\0', "max-increase", "PERCENT", NULL, 1U << COMMAND_COMPARE,
		"the increase that is allowed, such as 0.5%\n(default: 2%)"},
	[OPTION_MARKDOWN] = {'\0', "markdown", NULL, NULL, 1U << COMMAND_COMPARE,
		"print a table for a pull request"},
	[OPTION_JUNIT] = {'\0', "junit", "FILE", NULL, 1U << COMMAND_COMPARE,
		"write the verdicts to FILE as JUnit's XML too"},
	[OPTION_PICTURE] = {'\0', "picture", NULL, NULL, 1U << COMMAND_COMPARE,
		"draw compare.png in the second run's folder"},
	[OPTION_SURVIVAL] = {'\0', "survival", "SHARE", NULL, LIMIT,
		"of the runs that the task is to survive (default:\n0.95)"},
	[OPTION_CONFIDENCE] = {'\0', "confidence", "SHARE", NULL, LIMIT,
		"how sure that is to be (default: 0.95)"},
	[OPTION_SLOWDOWN] = {'\0', "slowdown", "RATIO", NULL, LIMIT,
		"of wall times, up to which a limit does no harm\n(default: 1.1)"},
	[OPTION_CURVE] = {'\0', "curve", "N", NULL, LIMIT,
		"measure what N limits cost (default: 10); 0: none"},
	[OPTION_EMIT] = {'\0', "emit", "FORMAT",
		"docker kubernetes systemd slurm snakemake nextflow", LIMIT | 1U << COMMAND_REPORT,
		"print the limit as a setting to paste: docker,\nkubernetes, systemd, slurm, "
		"snakemake or nextflow"},
	[OPTION_REPETITIONS] = {'r', "repetitions", "N", NULL, TRIALS,
		"run each point and backend N times (default: 10)"},
	[OPTION_WARMUPS] = {'w', "warmups", "N", NULL, DESCRIBED,
		"and N times before that, left out (default: 1)"},
	[OPTION_COMMAND] = {'c', "command", "COMMAND", NULL, DESCRIBED,
		"measure COMMAND or NAME=COMMAND, one word for the\nshell; repeat it to compare "
		"several"},
	[OPTION_BACKENDS] = {'b', "backends", "NAMES", NULL, TRIALS,
		"memory reporters, separated by commas (default:\nnone); may be repeated"},
	[OPTION_PARAMETER] = {'P', "parameter", "NAME=VALUES", NULL, DESCRIBED,
		"run with each value, separated by commas, where\nthe words have {NAME}; may be "
		"repeated"},
	[OPTION_MEMORY_MAX] = {'m', "memory-max", "SIZE", NULL, DESCRIBED,
		"the memory limit of the command, such as 512MiB"},
	[OPTION_CPUS] = {'\0', "cpus", "LIST", NULL, DESCRIBED,
		"the CPUs of the command, such as 0 or 0-1,3"},
	[OPTION_RUNTIME] = {'\0', "runtime", "NAME", "runc crun none", DESCRIBED,
		"what starts the command (default: runc)"},
	[OPTION_IMAGE] = {'\0', "image", "NAME", NULL, DESCRIBED,
		"the container's root (default: this host's /usr)"},
	[OPTION_MOUNT] = {'\0', "mount", "SOURCE:DESTINATION", NULL, DESCRIBED,
		"show a path of this host to the command; :rw after\nit to write; may be repeated"},
	[OPTION_ENV] = {'\0', "env", "NAME=VALUE", NULL, DESCRIBED,
		"set a variable of its environment; may be repeated"},
	[OPTION_WRITABLE] = {'\0', "writable", NULL, NULL, DESCRIBED,
		"let the command write to its folder; undone at the\nend of each trial"},
	[OPTION_PREPARE] = {'\0', "prepare", "COMMAND", NULL, DESCRIBED,
		"run COMMAND with sh before each trial, unmeasured"},
	[OPTION_CHECK] = {'\0', "check", "COMMAND", NULL, DESCRIBED,
		"run COMMAND with sh after each trial: the task has\nfailed unless it exits with "
		"0"},
	[OPTION_SETUP] = {'\0', "setup", "COMMAND", NULL, DESCRIBED,
		"run COMMAND with sh once, before the first trial"},
	[OPTION_TEARDOWN] = {'\0', "teardown", "COMMAND", NULL, DESCRIBED,
		"run COMMAND with sh once, after the last trial"},
	[OPTION_PYTHON] = {'\0', "python", NULL, NULL, DESCRIBED,
		"the words are a Python script and its arguments"},
	[OPTION_RATE] = {'\0', "rate", "HZ", NULL, DESCRIBED,
		"samples a second, or max (default: 1000)"},
	[OPTION_TIMEOUT] = {'\0', "timeout", "SECONDS", NULL, DESCRIBED,
		"end a trial after SECONDS (default: 60)"},
	[OPTION_NAME] = {'\0', "name", "NAME", NULL, DESCRIBED,
		"name the run (default: the command's name)"},
	[OPTION_SAVE] = {'\0', "save", "FILE", NULL, 1U << COMMAND_RUN | LIMIT,
		"write the experiment to a new file too"},
	[OPTION_NO_COLOR] = {'\0', "no-color", NULL, NULL,
		RUNS | ANALYSES | 1U << COMMAND_SHOW | 1U << COMMAND_COMPARE | 1U << COMMAND_DOCTOR,
		"never use color; so does setting NO_COLOR"},
	[OPTION_HELP] = {'h', "help", NULL, NULL, EVERY_COMMAND, "print help and exit"},
	[OPTION_VERSION] = {'V', "version", NULL, NULL, EVERY_COMMAND,
		"print the version and exit"},
};

const char *operand_placeholder(enum operand_kind kind)
{
	static const char *const placeholders[] = {
		[OPERAND_NONE] = "",
		[OPERAND_EXPERIMENT] = "EXPERIMENT",
		[OPERAND_RUN] = "RUN",
		[OPERAND_RUN_TRIAL] = "RUN [TRIAL]",
		[OPERAND_RUNS] = "RUN [RUN]",
		[OPERAND_IMAGE] = "NAME",
		[OPERAND_SHELL] = "SHELL",
		[OPERAND_COMMAND] = "COMMAND",
	};

	return placeholders[kind];
}

struct command_words command_words(enum command command)
{
	const struct command_row *row = &command_rows[command];
	struct command_words words;

	snprintf(words.text, sizeof(words.text), "%s%s%s", row->word, row->subword ? " " : "",
		row->subword ? row->subword : "");
	return words;
}

size_t command_find(const char *word, const char *subword, enum command *ret_first)
{
	size_t n_found = 0;

	for (enum command command = 0; command < N_COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];

		if (strcmp(row->word, word) != 0 ||
			(row->subword && subword && strcmp(row->subword, subword) != 0))
			continue;
		if (n_found++ == 0)
			*ret_first = command;
	}
	return n_found;
}

const char *command_suggest(const char *word)
{
	const char *words[N_COMMANDS + 1] = {NULL};

	for (size_t i = 0; i < N_COMMANDS; i++)
		words[i] = command_rows[i].word;
	return suggestion_find(word, words);
}

const char *option_suggest(const char *name)
{
	const char *names[N_OPTIONS + 1] = {NULL};

	for (size_t i = 0; i < N_OPTIONS; i++)
		names[i] = option_rows[i].name;
	return suggestion_find(name, names);
}
