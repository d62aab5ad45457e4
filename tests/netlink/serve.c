/* SPDX-License-Identifier: MIT */
/*
 * usage: serve [WORD...] -- COMMAND [ARGUMENT...]
 * Serves evidence of 0000:01:00.0 while COMMAND runs, whose exit code it takes; @PEER@ in its
 * arguments is where. Words: gen1 (the older family alone), nothing (no family), large (16 MiB of
 * measurements), foreign (measurements do not hold the nonce), noise (a report that is none),
 * silence (no end), error=N (an errno).
 */
#include "server.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static uint8_t large[0x1000000];

static const uint8_t vca[] = "version, capabilities, algorithms";
static const uint8_t certificates[1432] = {0x98, 0x05};
static const uint8_t measurements[300] = {1};
static const uint8_t report[56] = {
	0x02, 0, 0, 0, 0x03, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0,	 0,    6,    0,	   5,
	0,    0, 0, 0, 0,    2,	   0, 0, 0, 0, 0, 0, 0, 0, 0,	 6,    0,    0,	   0,
	0,    0, 1, 0, 0,    0,	   3, 0, 2, 0, 4, 0, 0, 0, 0xde, 0xad, 0xbe, 0xef,
};

static int take_word(struct server *server, const char *word)
{
	if (strcmp(word, "gen1") == 0)
		server->gen2 = false;
	else if (strcmp(word, "nothing") == 0)
		server->gen1 = server->gen2 = false;
	else if (strcmp(word, "large") == 0)
		server->objects[9] = (struct server_object){large, sizeof(large)};
	else if (strcmp(word, "foreign") == 0)
		server->foreign = true;
	else if (strcmp(word, "noise") == 0)
		server->objects[10] = (struct server_object){vca, 20};
	else if (strcmp(word, "silence") == 0)
		server->fault = FAULT_SILENCE;
	else if (strncmp(word, "error=", 6) == 0) {
		server->fault = FAULT_ERROR;
		server->error = atoi(word + 6);
	} else
		return -1;
	return 0;
}

static int run(char **argv, char *peer)
{
	int status;
	pid_t child;

	for (char **word = argv; *word; word++)
		if (strcmp(*word, "@PEER@") == 0)
			*word = peer;
	child = fork();
	if (child == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

int main(int argc, char **argv)
{
	struct server server = {
		.gen1 = true,
		.gen2 = true,
		.device = "0000:01:00.0",
		.generation = 7,
		.can_refresh = true,
		.objects = {[2] = {certificates, sizeof(certificates)},
			    [8] = {vca, sizeof(vca)},
			    [9] = {measurements, sizeof(measurements)},
			    [10] = {report, sizeof(report)}},
	};
	char peer[32];
	int i = 1, code;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (take_word(&server, argv[i]) < 0)
			return 124;
	if (i + 1 >= argc || server_open(&server) < 0 || server_start(&server) < 0)
		return 124;
	snprintf(peer, sizeof(peer), "%u:%u", SERVER_PROTOCOL, server.port);
	code = run(argv + i + 1, peer);
	server_close(&server);
	return code;
}
