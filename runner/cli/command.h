#pragma once

/*
 * Private to commands.c: the commands. Each prints and returns the exit code. command_experiment.c
 * has those that take an experiment or its run, command_datasheet.c and command_fit.c those that
 * read a run's results, command_host.c those about the host.
 */

#include "runner/cli/exit_code.h"
#include "runner/cli/options.h"
#include "runner/host/as_owner.h"
#include "runner/store/results.h"

enum exit_code report_command(const struct options *options);
enum exit_code show_command(const struct options *options);
enum exit_code datasheet_command(const struct options *options);
enum exit_code fit_command(const struct options *options);
enum exit_code run_command(const struct options *options);
enum exit_code resume_command(const struct options *options);
enum exit_code check_command(const struct options *options);
enum exit_code image_command(const struct options *options);
enum exit_code clean_command(const struct options *options);
enum exit_code doctor_command(const struct options *options);

/*
 * command_experiment.c: runs a command in a run's folder, its operand, with the rights of the
 * folder's owner (runner/host/as_owner.h). `work` gets the folder and the options and returns the
 * exit code.
 */
enum exit_code command_as_owner(const struct options *options, as_owner_work work);
