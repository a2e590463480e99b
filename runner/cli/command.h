#pragma once

/*
 * Private to commands.c: the commands. Each prints and returns the exit code. command_experiment.c
 * has those that take an experiment or its run, command_results.c, command_show.c,
 * command_datasheet.c, command_fit.c and command_compare.c those that read a run's results, command_host.c those about
 * the host.
 */

#include "runner/cli/exit_code.h"
#include "runner/cli/options.h"
#include "runner/store/results.h"

enum exit_code report_command(const struct options *options);
enum exit_code show_command(const struct options *options);
enum exit_code datasheet_command(const struct options *options);
enum exit_code fit_command(const struct options *options);
enum exit_code compare_command(const struct options *options);
enum exit_code run_command(const struct options *options);
enum exit_code limit_command(const struct options *options);
enum exit_code resume_command(const struct options *options);
enum exit_code check_command(const struct options *options);
enum exit_code image_command(const struct options *options);
enum exit_code clean_command(const struct options *options);
enum exit_code doctor_command(const struct options *options);

/*
 * command_results.c: opens the results of a run with the rights of the owner of its folder
 * (runner/host/as_owner.h), and prints what is in the error afterwards. `work` gets the held folder and
 * the results, and returns the exit code. It is done in a child process: changes to memory are lost.
 */
typedef enum exit_code (*run_work)(
	int run_fd, struct results *results, void *context, struct error *error);

enum exit_code command_on_run(const char *run_path, run_work work, void *context);

/* The same of the run that is the operand. */
typedef enum exit_code (*results_work)(
	const struct options *options, int run_fd, struct results *results, struct error *error);

enum exit_code command_on_results(const struct options *options, results_work work);

/*
 * command_limit.c: the answer of a search on standard output, as the options have it, unless they are quiet. *ret_found:
 * whether every point has a limit. -ENODATA if one is to be emitted that was not found.
 */
int command_print_limit(const struct options *options, struct results *results, bool *ret_found,
	struct error *error);

/* command_results.c: a run's table on standard output, the same as JSON, and where its files are; also after a run. */
int command_print_report(const struct options *options, struct results *results,
	const char *run_path, struct error *error);
int command_print_summary(struct results *results, const char *run_path, struct error *error);
void command_print_report_paths(int run_fd, const char *run_path);
