#include "runner/cli/options.h"

#include "util/parse.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* getopt_long's return value for the long form of option i, above any letter. */
#define LONG_BASE 256

/* ---- options */

/*
 * getopt_long sets optopt to the letter of a short option and to the return value of a long one, or
 * 0 if unknown. It has already passed the word of a long option, but may still be inside a group of
 * short ones.
 */
static int refuse_option(int option, char **argv, struct error *error)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = optopt == 0 || optopt >= LONG_BASE;
	const char *word = is_long ? argv[optind - 1] : letter;
	const char *meant;

	if (option == ':')
		return error_set(error, EINVAL, "option %s needs a value", word);
	if (is_long && optopt != 0)
		return error_set(error, EINVAL, "option %s takes no value", word);
	meant = is_long ? option_suggest(word + 2) : NULL;
	if (meant)
		return error_set(
			error, EINVAL, "unknown option %s; did you mean --%s?", word, meant);
	return error_set(error, EINVAL, "unknown option %s", word);
}

static int parse_truth_option(const char *word, enum truth_kind *ret_kind, struct error *error)
{
	if (!*word || !truth_kind_find(word, ret_kind))
		return error_set(error, EINVAL,
			"--truth %s: expected one of requested, touched, charged, unique", word);
	return 0;
}

static int add_prediction(struct options *options, const char *size, struct error *error)
{
	if (options->n_predict == OPTIONS_MAX_PREDICT)
		return error_set(error, EINVAL, "--predict is given more than %d times",
			OPTIONS_MAX_PREDICT);
	options->predict[options->n_predict++] = size;
	return 0;
}

/* "2%", "0.5": at least 0, and below 1000. */
static int parse_increase(const char *word, double *ret_part, struct error *error)
{
	const size_t length = strlen(word);
	const bool sign = length > 0 && word[length - 1] == '%';
	char number[32] = "";
	double percent;

	if (length - sign >= sizeof(number) || length == sign)
		number[0] = '?';
	else
		memcpy(number, word, length - sign);
	if (parse_decimal(number, &percent) < 0 || !(percent >= 0.0 && percent < 1000.0))
		return error_set(error, EINVAL,
			"--max-increase %s: expected a percentage, such as 2%%", word);
	*ret_part = percent / 100.0;
	return 0;
}

static int parse_limit_number(const char *name, const char *word, double least, double most,
	double *ret_number, struct error *error)
{
	double number;

	if (parse_decimal(word, &number) < 0 || !(number >= least && number <= most))
		return error_set(error, EINVAL, "--%s %s: expected a number from %g to %g", name,
			word, least, most);
	*ret_number = number;
	return 0;
}

static int parse_curve(const char *word, uint64_t *ret_curve, struct error *error)
{
	if (parse_u64(word, ret_curve) < 0 || *ret_curve > LIMIT_MOST_CURVE)
		return error_set(error, EINVAL, "--curve %s: expected a whole number from 0 to %d",
			word, LIMIT_MOST_CURVE);
	return 0;
}

static int apply_limit_option(
	struct options *options, enum option_id id, const char *value, struct error *error)
{
	const char *name = option_rows[id].name;

	switch (id) {
	case OPTION_SURVIVAL:
		return parse_limit_number(name, value, LIMIT_LEAST_SHARE, LIMIT_MOST_SHARE,
			&options->limit.survival, error);
	case OPTION_CONFIDENCE:
		return parse_limit_number(name, value, LIMIT_LEAST_SHARE, LIMIT_MOST_SHARE,
			&options->limit.confidence, error);
	case OPTION_SLOWDOWN:
		return parse_limit_number(
			name, value, 1.0, LIMIT_MOST_SLOWDOWN, &options->limit.slowdown, error);
	default:
		return parse_curve(value, &options->limit.curve, error);
	}
}

static int add_describing(
	struct options *options, enum option_id id, const char *value, struct error *error)
{
	if (options->n_describing == OPTIONS_MAX_DESCRIBING)
		return error_set(error, EINVAL, "more than %d options describe the experiment",
			OPTIONS_MAX_DESCRIBING);
	options->describing[options->n_describing++] =
		(struct describing_option){id, value ? value : ""};
	return 0;
}

const char *options_described(const struct options *options, enum option_id id)
{
	for (size_t i = options->n_describing; i > 0; i--)
		if (options->describing[i - 1].id == id)
			return options->describing[i - 1].value;
	return NULL;
}

static int apply_option(
	struct options *options, enum option_id id, const char *value, struct error *error)
{
	if (option_describes(id))
		return add_describing(options, id, value, error);
	switch (id) {
	case OPTION_OUTPUT:
		if (!*value)
			return error_set(error, EINVAL, "--output needs the name of a folder");
		options->output_directory = value;
		return 0;
	case OPTION_TRUTH:
		return parse_truth_option(value, &options->truth, error);
	case OPTION_PREDICT:
		return add_prediction(options, value, error);
	case OPTION_MAX_INCREASE:
		return parse_increase(value, &options->max_increase, error);
	case OPTION_BY:
		options->by = value;
		return 0;
	case OPTION_SURVIVAL:
	case OPTION_CONFIDENCE:
	case OPTION_SLOWDOWN:
	case OPTION_CURVE:
		return apply_limit_option(options, id, value, error);
	case OPTION_EMIT:
		options->emits = true;
		return limit_emit_find(value, &options->emit, error);
	case OPTION_JUNIT:
		options->junit = value;
		return 0;
	case OPTION_MARKDOWN:
		options->markdown = true;
		return 0;
	case OPTION_PICTURE:
		options->picture = true;
		return 0;
	case OPTION_X:
		options->x = value;
		return 0;
	case OPTION_METRIC:
		options->metric = value;
		return 0;
	case OPTION_QUIET:
		options->quiet = true;
		return 0;
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	case OPTION_QUICK:
		options->quick = true;
		return 0;
	case OPTION_NO_PICTURES:
		options->pictures = false;
		return 0;
	case OPTION_FORCE:
		options->force = true;
		return 0;
	case OPTION_ALL_METRICS:
		options->all_metrics = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_NO_COLOR:
		options->color_allowed = false;
		return 0;
	case OPTION_HELP:
	case OPTION_VERSION:
	default:
		break; /* options_parse handles these when it knows the command */
	}
	return 0;
}

/* getopt_long's two descriptions of the table. */
struct getopt_tables {
	char letters[1 + 2 * N_OPTIONS + 1];
	struct option words[N_OPTIONS + 1];
};

static void make_getopt_tables(struct getopt_tables *tables)
{
	char *letter = tables->letters;

	*letter++ = ':'; /* distinguishes a missing value from an unknown option */
	for (int i = 0; i < N_OPTIONS; i++) {
		const struct option_row *row = &option_rows[i];

		tables->words[i] = (struct option){row->name,
			row->value ? required_argument : no_argument, NULL, LONG_BASE + i};
		if (!row->letter)
			continue;
		*letter++ = row->letter;
		if (row->value)
			*letter++ = ':';
	}
}

/* N_OPTIONS for an error of getopt_long. */
static enum option_id option_of(int returned)
{
	if (returned >= LONG_BASE)
		return (enum option_id)(returned - LONG_BASE);
	for (enum option_id id = 0; id < N_OPTIONS; id++)
		if (option_rows[id].letter == returned)
			return id;
	return N_OPTIONS;
}

/* *ret_given has bit i set if option i was given. */
static int parse_options(
	struct options *options, int argc, char **argv, option_set *ret_given, struct error *error)
{
	struct getopt_tables tables = {0};
	option_set given = 0;
	int returned;

	make_getopt_tables(&tables);
	optind = 0;
	opterr = 0;
	while ((returned = getopt_long(argc, argv, tables.letters, tables.words, NULL)) != -1) {
		enum option_id id = option_of(returned);
		int r = id == N_OPTIONS ? refuse_option(returned, argv, error)
					: apply_option(options, id, optarg, error);

		if (r < 0)
			return r;
		given |= OPTION_BIT(id);
	}
	*ret_given = given;
	return 0;
}

/* "--json is not an option of fit; doctor takes it" */
static int refuse_for_command(
	enum command command, const struct option_row *row, struct error *error)
{
	int n = __builtin_popcount(row->commands);
	int n_named = 0;

	error_set(error, EINVAL, "--%s is not an option of %s;", row->name,
		command_words(command).text);
	for (enum command taker = 0; taker < N_COMMANDS; taker++) {
		if (!(row->commands & 1U << taker))
			continue;
		error_set(error, EINVAL, "%s%s %s", error->text,
			n_named == 0	   ? ""
			: n_named == n - 1 ? " and"
					   : ",",
			command_words(taker).text);
		n_named++;
	}
	return error_set(error, EINVAL, "%s %s it", error->text, n == 1 ? "takes" : "take");
}

static int check_given(const struct options *options, option_set given, struct error *error)
{
	const struct describing_option *first = options->describing;

	if (options->n_describing > 0 && !options->words &&
		command_rows[options->command].operand == OPERAND_EXPERIMENT)
		return error_set(error, EINVAL,
			"--%s is only for -- COMMAND: an experiment file has settings of its own",
			option_rows[first->id].name);
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (given & OPTION_BIT(i) && !(option_rows[i].commands & 1U << options->command))
			return refuse_for_command(options->command, &option_rows[i], error);
	if (options->command == COMMAND_COMPARE && !options->by != !!options->other_operand)
		return error_set(error, EINVAL,
			"compare needs either two runs' folders, or one and --by backend, task or "
			"a "
			"parameter");
	if (options->json && options->emits)
		return error_set(error, EINVAL, "--json and --emit exclude each other");
	if (options->json && options->markdown)
		return error_set(error, EINVAL, "--json and --markdown exclude each other");
	if (options->quiet && options->verbose)
		return error_set(error, EINVAL, "--quiet and --verbose exclude each other");
	if (options->quick && options->command != COMMAND_LIMIT &&
		(given & OPTION_BIT(OPTION_REPETITIONS) || given & OPTION_BIT(OPTION_WARMUPS)))
		return error_set(error, EINVAL,
			"--quick is one repetition and no warm-up: it excludes --repetitions and "
			"--warmups");
	return 0;
}

/* ---- the command and its operand */

/* "image needs one of: list, build NAME, ..." */
static int refuse_subcommand(enum command first, size_t n, struct error *error)
{
	error_set(error, EINVAL, "%s needs one of:", command_rows[first].word);
	for (size_t i = 0; i < n; i++) {
		const struct command_row *row = &command_rows[first + i];

		error_set(error, EINVAL, "%s%s %s%s%s", error->text, i == 0 ? "" : ",",
			row->subword, row->operand == OPERAND_NONE ? "" : " ",
			operand_placeholder(row->operand));
	}
	return -EINVAL;
}

static int check_operands(
	enum command command, const char *const *operands, int n, struct error *error)
{
	static const char *const expected[] = {
		[OPERAND_EXPERIMENT] = "one experiment file",
		[OPERAND_RUN] = "one run's folder, such as output/20261122T175321Z-ramp",
		[OPERAND_RUN_TRIAL] =
			"one run's folder, and at most the number of one of its trials",
		[OPERAND_RUNS] = "two runs' folders, or one and --by",
		[OPERAND_IMAGE] = "one image; `memcg-run image list` lists them",
		[OPERAND_SHELL] = "one shell: " COMPLETION_SHELLS,
	};
	enum operand_kind kind = command_rows[command].operand;
	struct command_words words = command_words(command);
	const char *meant = n > 1 ? command_suggest(operands[0]) : NULL;

	if (n == (kind == OPERAND_NONE ? 0 : 1) ||
		(n == 2 && (kind == OPERAND_RUN_TRIAL || kind == OPERAND_RUNS)))
		return 0;
	if (kind == OPERAND_NONE)
		return error_set(error, EINVAL, "%s takes no operand", words.text);
	if (command == COMMAND_RUN && meant)
		return error_set(
			error, EINVAL, "unknown command %s; did you mean %s?", operands[0], meant);
	return error_set(error, EINVAL, "%s needs %s", words.text, expected[kind]);
}

static int parse_trial(struct options *options, const char *word, struct error *error)
{
	if (parse_u64(word, &options->trial) < 0 || options->trial == 0)
		return error_set(error, EINVAL,
			"%s is not the number of a trial; `memcg-run show %s` lists them", word,
			options->operand);
	return 0;
}

/* The words of `help`, or before --help: the commands that they name, or all. */
static int parse_topic(
	struct options *options, const char *const *words, int n, struct error *error)
{
	const char *meant;

	if (n == 0)
		return 0;
	options->n_topics = command_find(words[0], n > 1 ? words[1] : NULL, &options->topic);
	if (options->n_topics > 0)
		return 0;
	meant = command_suggest(words[0]);
	return error_set(error, EINVAL, "no command %s%s%s%s", words[0],
		meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}

/* run and check take `-- COMMAND` in place of their operand. */
static int check_words(
	const struct options *options, const char *const *operands, int n, struct error *error)
{
	const bool has_tasks = options_described(options, OPTION_COMMAND) != NULL;

	if (n > 0)
		return error_set(error, EINVAL,
			"expected one experiment: either %s or the command %s", operands[0],
			has_tasks ? "of --command" : "after --");
	if (options->n_words > 0 && has_tasks)
		return error_set(error, EINVAL,
			"expected the command either after -- or in --command, which may be "
			"repeated");
	if (options->n_words == 0 && !has_tasks)
		return error_set(error, EINVAL, "expected a command after --");
	return 0;
}

/* `operands` are the words after the options: a command and its operand, or an experiment alone. */
static int parse_command(
	struct options *options, const char *const *operands, int n, struct error *error)
{
	enum command command = COMMAND_RUN;
	size_t n_found;
	int r;

	if (n == 0 && !options->words)
		return error_set(error, EINVAL, "expected an experiment file or a command");
	n_found = n > 0 ? command_find(operands[0], NULL, &command) : 0;
	if (n_found > 0 && command_rows[command].subword) {
		enum command first = command;

		if (n == 1 || command_find(operands[0], operands[1], &command) == 0)
			return refuse_subcommand(first, n_found, error);
		operands++;
		n--;
	}
	if (n_found > 0) {
		operands++;
		n--;
	}
	options->command = command;
	if (command == COMMAND_HELP)
		return parse_topic(options, operands, n, error);
	if (options->words)
		return check_words(options, operands, n, error);
	r = check_operands(command, operands, n, error);
	options->operand = n > 0 ? operands[0] : NULL;
	if (r == 0 && n == 2 && command_rows[command].operand == OPERAND_RUNS)
		options->other_operand = operands[1];
	else if (r == 0 && n == 2)
		r = parse_trial(options, operands[1], error);
	return r;
}

/* Up to the first "--": an option before it does not take it for its value. */
static int count_own_words(int argc, char **argv)
{
	int n = 1;

	while (n < argc && strcmp(argv[n], "--") != 0)
		n++;
	return n < argc ? n : argc;
}

/* Whether the words after "--" are a command to measure; else they are operands. */
static bool takes_words(const char *const *operands, int n)
{
	enum command command;

	return n == 0 || command_find(operands[0], NULL, &command) == 0 ||
	       command_rows[command].operand == OPERAND_EXPERIMENT;
}

/* Sets the words, or moves them to the operands before them. Returns the number of all operands. */
static int divide_words(struct options *options, int argc, char **argv, int n_own)
{
	const char *const *operands = (const char *const *)argv + optind;
	const int n_after = argc - n_own - 1;

	if (n_after < 0 && !options_described(options, OPTION_COMMAND))
		return n_own - optind;
	if (takes_words(operands, n_own - optind)) {
		/* argv ends in NULL: without "--" there are no words. */
		options->words = (const char *const *)argv + (n_after < 0 ? argc : n_own + 1);
		/* They would take longer than many a command, and who asks on a line wants a number. */
		options->pictures = false;
		options->n_words = n_after < 0 ? 0 : (size_t)n_after;
		return n_own - optind;
	}
	if (n_after < 0)
		return n_own - optind;
	memmove(argv + n_own, argv + n_own + 1, (size_t)n_after * sizeof(*argv));
	return n_own - optind + n_after;
}

/* What only the command tells how to read. */
static int choose_limit(struct options *options, struct error *error)
{
	const char *by = options->by;

	options->limit.quick = options->quick;
	options->quick = false;
	for (int i = 0; by && limit_by_names[i]; i++)
		if (strcmp(by, limit_by_names[i]) == 0)
			options->limit.by = i;
	if (by && options->limit.by < 0)
		return error_set(error, EINVAL, "--by %s: expected max or high", by);
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
		.max_increase = NAN,
		.limit = LIMIT_CHOICES_NONE,
		.color_allowed = !no_color || !*no_color,
	};
	const int n_own = count_own_words(argc, argv);
	const char *const *operands;
	option_set given;
	int n_operands;
	int r = parse_options(&options, n_own, argv, &given, error);

	if (r < 0)
		return r;
	n_operands = divide_words(&options, argc, argv, n_own);
	operands = (const char *const *)argv + optind;
	if (given & OPTION_BIT(OPTION_VERSION)) {
		options.command = COMMAND_VERSION;
	} else if (given & OPTION_BIT(OPTION_HELP)) {
		options.command = COMMAND_HELP;
		/* An experiment is not a topic: it gets the overview. */
		(void)parse_topic(&options, operands, n_operands, NULL);
	} else {
		r = parse_command(&options, operands, n_operands, error);
		if (r == 0)
			r = check_given(&options, given, error);
		if (r == 0 && options.command == COMMAND_LIMIT)
			r = choose_limit(&options, error);
	}
	if (r == 0)
		*ret_options = options;
	return r;
}
