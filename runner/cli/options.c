#include "runner/cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
	"memcg-run runs a task many times, each time in its own container and cgroup, and holds\n"
	"the memory reporters that people use against the kernel's account and the truth.\n"
	"\n"
	"usage: memcg-run [OPTION...] EXPERIMENT         run an experiment\n"
	"       memcg-run resume [--force] RUN           go on with a run that was ended\n"
	"       memcg-run check [-v] EXPERIMENT          validate it and print the plan\n"
	"       memcg-run report RUN                     draw a run's pictures and table again\n"
	"       memcg-run datasheet RUN                  which reporter is right, on what\n"
	"       memcg-run fit [OPTION...] RUN            the peak as a law of the input's size\n"
	"       memcg-run doctor [--json]                what this host offers, and what is "
	"missing\n"
	"       memcg-run clean                          remove what a killed run left\n"
	"       memcg-run image list                     the images there are\n"
	"       memcg-run image build|remove NAME        build or remove one (needs root)\n"
	"       memcg-run image verify NAME              whether it is what was built\n"
	"\n"
	"  -o, --output DIR   where the run's folder is made (default: output)\n"
	"  -q, --quiet        print warnings and errors only\n"
	"  -v, --verbose      print every step; with check, the whole plan\n"
	"      --quick        one repetition and no warm-up, whatever the experiment says\n"
	"      --no-pictures  draw nothing at a run's end; report RUN draws later\n"
	"      --force        with resume, whatever has changed since: it is recorded\n"
	"      --truth KIND   with datasheet: requested, touched, charged or unique (default:\n"
	"                     charged)\n"
	"      --all-metrics  with datasheet, every metric in bytes, not each backend's first\n"
	"      --json         with doctor, for programs\n"
	"      --x SIZE       with fit: a parameter, or a product as nx*ny*nz or edge^3\n"
	"      --metric NAME  with fit: whose peak (default: the kernel's account)\n"
	"      --predict N    with fit: the peak at this size; may be given several times\n"
	"      --no-color     never color the output (so does NO_COLOR in the environment)\n"
	"  -h, --help         this text\n"
	"  -V, --version      the version\n"
	"\n"
	"exit codes: 0 every trial was ok, 1 some trial was not, 2 the command line or the\n"
	"experiment is wrong, 3 this system cannot, 130 interrupted\n"
	"\n"
	"An experiment is a TOML file: see memcg-run.toml(5), and experiments/ramp.toml to "
	"begin.\n";

const char *options_help(void)
{
	return help_text;
}

struct command_word {
	const char *word;
	enum command command;
};

static const struct command_word command_words[] = {
	{"run", COMMAND_RUN},
	{"resume", COMMAND_RESUME},
	{"check", COMMAND_CHECK},
	{"report", COMMAND_REPORT},
	{"datasheet", COMMAND_DATASHEET},
	{"fit", COMMAND_FIT},
	{"image", COMMAND_IMAGE},
	{"doctor", COMMAND_DOCTOR},
	{"clean", COMMAND_CLEAN},
	{"help", COMMAND_HELP},
};

/* A first operand that is no command's word is an experiment to run. */
static void take_command(struct options *options)
{
	for (size_t i = 0; i < sizeof(command_words) / sizeof(command_words[0]); i++) {
		if (options->n_operands == 0 ||
			strcmp(options->operands[0], command_words[i].word) != 0)
			continue;
		options->command = command_words[i].command;
		options->operands++;
		options->n_operands--;
		return;
	}
}

static const char *word_of(enum command command)
{
	for (size_t i = 0; i < sizeof(command_words) / sizeof(command_words[0]); i++)
		if (command_words[i].command == command)
			return command_words[i].word;
	return "";
}

static int check_operands(const struct options *options, struct error *error)
{
	switch (options->command) {
	case COMMAND_RUN:
	case COMMAND_CHECK:
		if (options->n_operands == 1)
			return 0;
		return error_set(error, EINVAL, "%s: give one experiment file",
			options->n_operands == 0 ? "no experiment" : "more than one operand");
	case COMMAND_RESUME:
	case COMMAND_REPORT:
	case COMMAND_DATASHEET:
	case COMMAND_FIT:
		if (options->n_operands == 1)
			return 0;
		return error_set(error, EINVAL,
			"%s needs one run's folder, as output/20261122T175321Z-ramp",
			word_of(options->command));
	case COMMAND_IMAGE:
		if (options->n_operands == 1 && strcmp(options->operands[0], "list") == 0)
			return 0;
		if (options->n_operands == 2 &&
			(strcmp(options->operands[0], "build") == 0 ||
				strcmp(options->operands[0], "remove") == 0 ||
				strcmp(options->operands[0], "verify") == 0))
			return 0;
		return error_set(error, EINVAL,
			"image needs one of: list, build NAME, remove NAME, verify NAME");
	case COMMAND_DOCTOR:
		if (options->n_operands == 0)
			return 0;
		return error_set(error, EINVAL, "doctor takes no operand");
	case COMMAND_CLEAN:
		if (options->n_operands == 0)
			return 0;
		return error_set(error, EINVAL, "clean takes no operand");
	case COMMAND_HELP:
	case COMMAND_VERSION:
		return 0;
	}
	return -EINVAL;
}

/* Beyond every letter, so that a mistake can be told with the word that it was made in. */
enum long_option {
	LONG_NO_COLOR = 256,
	LONG_JSON,
	LONG_NO_PICTURES,
	LONG_FORCE,
	LONG_QUICK,
	LONG_TRUTH,
	LONG_ALL_METRICS,
	LONG_X,
	LONG_METRIC,
	LONG_PREDICT,
	LONG_OUTPUT,
	LONG_QUIET,
	LONG_VERBOSE,
	LONG_HELP,
	LONG_VERSION
};

static const struct option long_options[] = {
	{"output", required_argument, NULL, LONG_OUTPUT},
	{"quiet", no_argument, NULL, LONG_QUIET},
	{"verbose", no_argument, NULL, LONG_VERBOSE},
	{"json", no_argument, NULL, LONG_JSON},
	{"x", required_argument, NULL, LONG_X},
	{"metric", required_argument, NULL, LONG_METRIC},
	{"predict", required_argument, NULL, LONG_PREDICT},
	{"no-pictures", no_argument, NULL, LONG_NO_PICTURES},
	{"force", no_argument, NULL, LONG_FORCE},
	{"quick", no_argument, NULL, LONG_QUICK},
	{"truth", required_argument, NULL, LONG_TRUTH},
	{"all-metrics", no_argument, NULL, LONG_ALL_METRICS},
	{"no-color", no_argument, NULL, LONG_NO_COLOR},
	{"help", no_argument, NULL, LONG_HELP},
	{"version", no_argument, NULL, LONG_VERSION},
	{NULL, 0, NULL, 0},
};

/*
 * getopt_long leaves the letter of a short option in optopt, and for a long one its number, or 0 where
 * it knows none; the word of a long one it has passed by then, while it may still be within a short one's.
 */
static int refuse_option(int option, char **argv, struct error *error)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = optopt == 0 || optopt >= LONG_NO_COLOR;
	const char *word = is_long ? argv[optind - 1] : letter;

	if (option == ':')
		return error_set(error, EINVAL, "option %s needs a value", word);
	if (is_long && optopt != 0)
		return error_set(error, EINVAL, "option %s takes no value", word);
	return error_set(error, EINVAL, "unknown option %s", word);
}

static int parse_truth_option(struct options *options, const char *word, struct error *error)
{
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++) {
		if (strcmp(word, truth_kind_name(kind)) != 0)
			continue;
		options->truth = kind;
		options->truth_given = true;
		return 0;
	}
	return error_set(error, EINVAL,
		"--truth %s: expected one of requested, touched, charged, unique", word);
}

static int take_prediction(struct options *options, const char *size, struct error *error)
{
	if (options->n_predict == OPTIONS_MAX_PREDICT)
		return error_set(error, EINVAL, "--predict is given more than %d times",
			OPTIONS_MAX_PREDICT);
	options->predict[options->n_predict++] = size;
	return 0;
}

static int take_option(struct options *options, int option, char **argv, struct error *error)
{
	switch (option) {
	case 'o':
	case LONG_OUTPUT:
		if (!*optarg)
			return error_set(error, EINVAL, "--output needs a folder's name");
		options->output_directory = optarg;
		return 0;
	case 'q':
	case LONG_QUIET:
		options->quiet = true;
		return 0;
	case 'v':
	case LONG_VERBOSE:
		options->verbose = true;
		return 0;
	case LONG_JSON:
		options->json = true;
		return 0;
	case LONG_NO_PICTURES:
		options->pictures = false;
		return 0;
	case LONG_FORCE:
		options->force = true;
		return 0;
	case LONG_QUICK:
		options->quick = true;
		return 0;
	case LONG_TRUTH:
		return parse_truth_option(options, optarg, error);
	case LONG_ALL_METRICS:
		options->all_metrics = true;
		return 0;
	case LONG_X:
		options->x = optarg;
		return 0;
	case LONG_METRIC:
		options->metric = optarg;
		return 0;
	case LONG_PREDICT:
		return take_prediction(options, optarg, error);
	case LONG_NO_COLOR:
		options->color_allowed = false;
		return 0;
	case 'h':
	case LONG_HELP:
		options->command = COMMAND_HELP;
		return 0;
	case 'V':
	case LONG_VERSION:
		options->command = COMMAND_VERSION;
		return 0;
	default:
		return refuse_option(option, argv, error);
	}
}

static int check_combination(const struct options *options, struct error *error)
{
	if (options->quiet && options->verbose)
		return error_set(error, EINVAL, "--quiet and --verbose exclude each other");
	if (options->json && options->command != COMMAND_DOCTOR)
		return error_set(error, EINVAL, "--json is for doctor only");
	if (!options->pictures && options->command != COMMAND_RUN &&
		options->command != COMMAND_RESUME)
		return error_set(error, EINVAL, "--no-pictures is for a run only");
	if (options->force && options->command != COMMAND_RESUME)
		return error_set(error, EINVAL, "--force is for resume only");
	if (options->quick && options->command == COMMAND_RESUME)
		return error_set(error, EINVAL,
			"--quick cannot be changed: resume keeps how the run was begun");
	if (options->quick && options->command != COMMAND_RUN && options->command != COMMAND_CHECK)
		return error_set(error, EINVAL, "--quick is for a run and for check only");
	if ((options->truth_given || options->all_metrics) && options->command != COMMAND_DATASHEET)
		return error_set(error, EINVAL, "%s is for datasheet only",
			options->truth_given ? "--truth" : "--all-metrics");
	if ((options->x || options->metric || options->n_predict > 0) &&
		options->command != COMMAND_FIT)
		return error_set(error, EINVAL, "--x, --metric and --predict are for fit only");
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret_options, struct error *error)
{
	const char *no_color = getenv("NO_COLOR");
	struct options options = {
		.command = COMMAND_RUN,
		.output_directory = "output",
		.pictures = true,
		.truth = TRUTH_CHARGED,
		.color_allowed = !no_color || !*no_color,
	};
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:qvhV", long_options, NULL)) != -1) {
		int r = take_option(&options, option, argv, error);

		if (r < 0)
			return r;
	}
	options.operands = (const char *const *)argv + optind;
	options.n_operands = argc - optind;
	if (options.command == COMMAND_RUN)
		take_command(&options);
	int r = check_combination(&options, error);

	if (r == 0)
		r = check_operands(&options, error);
	if (r < 0)
		return r;
	*ret_options = options;
	return 0;
}
