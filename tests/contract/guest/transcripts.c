/* SPDX-License-Identifier: MIT */
#include "scene.h"

/*
 * guest-transcripts DIRECTORY [--update]: every byte that crosses a border and every answer, for a
 * whole life on every row and architecture, against what is written there. --update writes it anew:
 * the difference is then the review's.
 */

/* To be freed. NULL: the library broke a rule, which was said. */
static char *play(const struct scene_kind *kind)
{
	struct scene *scene = malloc(sizeof(*scene));
	unsigned int faults;
	size_t size;
	char *text;

	scene_set_up(scene, kind);
	scene->script = open_memstream(&text, &size);
	if (scene_begin(scene) < 0)
		scene_blame(scene, "cannot begin");
	else
		scene_play(scene);
	scene_finish(scene);
	fclose(scene->script);
	faults = scene->faults;
	free(scene);
	if (!faults)
		return text;
	free(text);
	return NULL;
}

/* To be freed. NULL: there is none. */
static char *load(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;
	char *text;

	if (!file)
		return NULL;
	text = calloc(1, 1 << 20);
	size = fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	text[size] = 0;
	return text;
}

static bool store(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");
	bool stored;

	if (!file)
		return false;
	stored = fwrite(text, 1, strlen(text), file) == strlen(text);
	return fclose(file) == 0 && stored;
}

static void say_difference(const char *name, const char *is, const char *was)
{
	unsigned int line = 1;
	size_t start = 0;

	for (size_t i = 0; is[i] == was[i]; i++) {
		if (is[i] != '\n')
			continue;
		line++;
		start = i + 1;
	}
	fprintf(stderr, "%s.txt:%u:\n  is  %.*s\n  was %.*s\n", name, line,
		(int)strcspn(is + start, "\n"), is + start, (int)strcspn(was + start, "\n"),
		was + start);
}

static bool is_right(const struct scene_kind *kind, const char *name, const char *directory,
		     bool update)
{
	char path[512], *is = play(kind), *was;
	bool right;

	snprintf(path, sizeof(path), "%s/%s.txt", directory, name);
	if (is && update) {
		right = store(path, is);
		free(is);
		return right;
	}
	was = load(path);
	right = is && was && !strcmp(is, was);
	if (is && !was)
		fprintf(stderr, "%s: there is none\n", path);
	else if (is && !right)
		say_difference(name, is, was);
	free(is);
	free(was);
	return right;
}

int main(int argc, char **argv)
{
	const bool update = argc == 3 && !strcmp(argv[2], "--update");
	unsigned int failed = 0, i;
	struct scene_kind kind;
	char name[64];

	if (argc != 2 && !update) {
		fprintf(stderr, "usage: %s DIRECTORY [--update]\n", argv[0]);
		return 2;
	}
	for (i = 0; scene_kind_at(i, &kind); i++) {
		scene_name(&kind, name, sizeof(name));
		if (is_right(&kind, name, argv[1], update)) {
			printf("ok %u %s\n", i + 1, name);
			continue;
		}
		printf("not ok %u %s\n", i + 1, name);
		failed++;
	}
	printf("1..%u\n", i);
	return failed != 0;
}
