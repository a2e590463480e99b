#pragma once

/*
 * Private to commands.c: the commands, each of which prints and returns the exit code. command_experiment.c
 * has those that take an experiment or its run, command_host.c those that are about the host.
 */

#include "runner/exit_code.h"
#include "runner/options.h"

enum exit_code report_command(const struct options *options);
enum exit_code run_command(const struct options *options);
enum exit_code resume_command(const struct options *options);
enum exit_code check_command(const struct options *options);
enum exit_code image_command(const struct options *options);
enum exit_code clean_command(const struct options *options);
enum exit_code doctor_command(const struct options *options);
