#include "runner/cli/console.h"

#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"
#include "util/unblocked.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void print_lines(const char *before, const char *text, FILE *stream)
{
	fputs(before, stream);
	text_print_lines(text, stream);
	fputc('\n', stream);
}

void say_error(const char *sentence)
{
	/* Keeps the order if both go to one file. */
	fflush(stdout);
	print_lines("memcg-run: error: ", sentence, stderr);
}

/* Escapes characters that a terminal would interpret: $'a\x1bb'. */
static void print_escaped_word(FILE *stream, const char *word)
{
	fputs("$'", stream);
	for (; *word; word++) {
		const unsigned char byte = (unsigned char)*word;

		if (byte == '\\' || byte == '\'')
			fprintf(stream, "\\%c", byte);
		else
			fprintf(stream, byte < 0x20 || byte >= 0x7f ? "\\x%02x" : "%c", byte);
	}
	fputc('\'', stream);
}

void print_shell_word(FILE *stream, const char *word)
{
	CLEANUP(cleanup_free) char *plain = strdup(word);

	if (plain)
		text_blank_controls(plain);
	if (!plain || strcmp(plain, word) != 0) {
		print_escaped_word(stream, word);
		return;
	}
	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789/._+:@%-") == strlen(word)) {
		fputs(word, stream);
		return;
	}
	fputc('\'', stream);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, stream);
	fputc('\'', stream);
}

bool output_is_closed(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&output, 1, 0) == 1 && output.revents & (POLLERR | POLLHUP);
}

enum exit_code output_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_CODE_OK;
	if (output_is_closed())
		return EXIT_CODE_PIPE;
	say_error("cannot write to standard output");
	return EXIT_CODE_SYSTEM;
}

struct messages messages_open(void)
{
	CLEANUP(cleanup_close) int fd = unblocked_open(STDERR_FILENO);
	FILE *stream = fd < 0 ? NULL : unblocked_stream(fd);

	if (!stream)
		return (struct messages){.fd = -1, .stream = stderr};
	return (struct messages){.fd = TAKE_FD(fd), .stream = stream};
}

void messages_close(struct messages *messages)
{
	if (messages->stream != stderr)
		fclose(messages->stream);
	cleanup_close(&messages->fd);
	*messages = (struct messages){.fd = -1, .stream = stderr};
}

unsigned terminal_width(FILE *stream)
{
	struct winsize size;

	if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

bool wants_color(const struct options *options, FILE *stream)
{
	return options->color_allowed && isatty(fileno(stream));
}

void print_files(int folder_fd, const char *folder, const char *const *names)
{
	putchar('\n');
	for (; *names; names++) {
		if (faccessat(folder_fd, *names, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		fputs("  ", stdout);
		text_print_lines(folder, stdout);
		printf("/%s\n", *names);
	}
}

int print_json(json_t *document, struct error *error)
{
	CLEANUP(cleanup_free) char *text = json_document(document);

	json_decref(document);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot print JSON");
	fputs(text, stdout);
	return 0;
}
