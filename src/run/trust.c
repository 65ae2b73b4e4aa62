/* What is read before PETSc reads it: its options come from the command line, from files, from PETSC_OPTIONS and from ~/.petscrc, and some
   of them run programs and load libraries as soon as they are read. Those are for the command line, whose writer can run what he likes
   anyway; from anywhere else they are refused (docs/security.md). Files are files, and do not name themselves.

   No PETSc here. Words are taken as PETSc takes them or more strictly, so that none is seen by it alone. */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/runimpl.h>
#include <jko/private/sysimpl.h>

#define TRUST_DEPTH   16      /* options files within one another */
#define TRUST_LONGEST 1048576 /* bytes of an options file */
#define TRUST_BETWEEN " \t\r\n\f\v\"'"

typedef struct {
  const char *origin;      /* of the words at hand; NULL: the command line */
  int         depth;       /* of files */
  char        prefix[512]; /* of those that were pushed, and where each begins */
  size_t      begin[TRUST_DEPTH];
  int         pushed;
  int         status; /* of the first refusal, 0: none */
  char       *text;
  size_t      length;
} Screen;

/* Beginnings of names: what runs a program, loads a library, waits for somebody, or reads options that nobody has screened. */
static const char *const Programs[] = {"dll_",
                                       "python",
                                       "debugger",
                                       "debug_terminal",
                                       "start_in_debugger",
                                       "stop_for_debugger",
                                       "on_error_attach_debugger",
                                       "on_error_emacs",
                                       "saws",
                                       "draw_save_movie",
                                       "mpi_linear_solver_server",
                                       "matlab",
                                       NULL};
/* Names of what writes to a file of its value. */
static const char *const Writers[] = {"log_trace", "history", "citations", "draw_save", NULL};

static void Refuse(Screen *s, int status, const char format[], const char a[], const char b[])
{
  if (s->status) return;
  s->status = status;
  (void)snprintf(s->text, s->length, format, a, b);
  RunOneLine(s->text);
}

static PetscBool EndsWith(const char text[], const char end[])
{
  const size_t n = strlen(text), m = strlen(end);

  return (PetscBool)(n >= m && !strcasecmp(text + n - m, end));
}

/* Where an option writes to, NULL where it does not: the file of a viewer, type:file:format, that of -info, file:classes, which each rank
   ends with its number, or the whole value. A target is read. */
static const char *WritesTo(const char name[], const char value[], char path[PETSC_MAX_PATH_LEN])
{
  const char *colon = strchr(value, ':');

  for (const char *const *writer = Writers; *writer; writer++)
    if (!strcmp(name, *writer) && value[0]) return value;
  if (!strcmp(name, "info") && value[0] && value != colon) {
    (void)snprintf(path, PETSC_MAX_PATH_LEN, "%.*s.0", (int)strcspn(value, ":"), value);
    return path;
  }
  if (!colon || EndsWith(name, "monitor_target")) return NULL;
  if (!(strstr(name, "view") || strstr(name, "monitor") || strstr(name, "reason"))) return NULL;
  (void)snprintf(path, PETSC_MAX_PATH_LEN, "%.*s", (int)strcspn(colon + 1, ":"), colon + 1);
  return path[0] ? path : NULL;
}

/* What is written goes into a file of its own: neither through a link nor into what is no file. */
static void CheckWritten(Screen *s, const char name[], const char path[])
{
  struct stat status;

  if (lstat(path, &status)) return;
  if (!S_ISREG(status.st_mode) || status.st_nlink > 1)
    Refuse(s, 2, "-%s: '%s' is a link or no file; give the name of a new file", name, path);
}

/* A prefix for the names to come, NULL: without the last. */
static void ScreenPrefix(Screen *s, const char prefix[])
{
  const size_t used = strlen(s->prefix);

  if (!prefix && s->pushed)
    s->prefix[s->begin[--s->pushed]] = 0;
  else if (prefix && (s->pushed == TRUST_DEPTH || used + strlen(prefix) >= sizeof s->prefix))
    Refuse(s, 2, "-prefix_push %s%s: too many prefixes", prefix, "");
  else if (prefix) {
    s->begin[s->pushed++] = used;
    (void)snprintf(s->prefix + used, sizeof s->prefix - used, "%s", prefix);
  }
}

static void ScreenFile(Screen *s, const char path[]);

static void ScreenOption(Screen *s, const char bare[], const char value[])
{
  char        name[1024], room[PETSC_MAX_PATH_LEN];
  const char *path;

  if (!strcasecmp(bare, "prefix_push") || !strcasecmp(bare, "prefix_pop")) {
    ScreenPrefix(s, strcasecmp(bare, "prefix_pop") ? value : NULL);
    return;
  }
  if (!strcasecmp(bare, "options_file")) ScreenFile(s, value);
  (void)snprintf(name, sizeof name, "%s%s", s->prefix, bare);
  for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
  if (EndsWith(name, "options_file_yaml") || EndsWith(name, "options_string_yaml"))
    Refuse(s, 2, "-%s is not read%s; give an options file of lines, -options_file", name, "");
  path = WritesTo(name, value, room);
  if (path) CheckWritten(s, name, path);
  if (!s->origin) return;
  for (const char *const *program = Programs; *program; program++)
    if (!strncmp(name, *program, strlen(*program)))
      Refuse(s, 2, "-%s runs a program or loads a library: give it on the command line, not in %s", name, s->origin);
  if (EndsWith(name, "python_type"))
    Refuse(s, 2, "-%s runs a program or loads a library: give it on the command line, not in %s", name, s->origin);
  if (path && strcmp(name, "log_view") != 0) Refuse(s, 2, "-%s writes a file: give it on the command line, not in %s", name, s->origin);
}

/* The name that a word is, without its dashes, or NULL. */
static const char *NameOf(const char word[])
{
  const char *name = word + (word[0] == '-') + !strncmp(word, "--", 2);

  return name > word && isalpha((unsigned char)*name) ? name : NULL;
}

/* Words in turn, each name with the word after it; # begins a comment. */
static void ScreenText(Screen *s, char text[])
{
  char *rest, *after;

  for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    const char *name = NULL;

    for (char *word = strtok_r(line, TRUST_BETWEEN, &after); word && *word != '#'; word = strtok_r(NULL, TRUST_BETWEEN, &after)) {
      const char *next = NameOf(word);

      if (name) ScreenOption(s, name, next ? "" : word);
      name = next;
    }
    if (name) ScreenOption(s, name, "");
  }
}

/* All of a file, lines that end in a backslash joined; NULL when it cannot be read. The caller frees it. */
static char *ReadAll(const char path[])
{
  const int file   = JKOFileOpen(path, O_RDONLY);
  FILE     *stream = file < 0 ? NULL : fdopen(file, "r");
  char     *text   = stream ? calloc(TRUST_LONGEST + 2, 1) : NULL;
  size_t    kept   = 0;

  if (text && !fread(text, 1, TRUST_LONGEST + 1, stream)) text[0] = 0;
  if (stream) (void)fclose(stream);
  for (size_t i = 0; text && text[i]; i++) {
    if (text[i] == '\\' && text[i + 1] == '\n')
      i++;
    else
      text[kept++] = text[i];
  }
  if (text) text[kept] = 0;
  return text;
}

static void ScreenFile(Screen *s, const char path[])
{
  const char *const trouble = JKOFileTrouble(path), *const origin = s->origin;
  char *text;

  if (s->status) return;
  if (trouble[0]) Refuse(s, 4, "-options_file: '%s' cannot be read: it %s", path, trouble);
  if (s->depth >= TRUST_DEPTH) Refuse(s, 2, "-options_file: '%s' is named too deep within others%s; does it name itself?", path, "");
  if (EndsWith(path, ".yml") || EndsWith(path, ".yaml"))
    Refuse(s, 2, "-options_file: '%s' is not read%s; give an options file of lines", path, "");
  text = s->status ? NULL : ReadAll(path);
  if (!s->status && !text) Refuse(s, 4, "-options_file: '%s' cannot be read%s", path, "");
  if (text && (!strncmp(text, "\xef\xbb\xbf", 3) || !strncmp(text, "\xff\xfe", 2) || !strncmp(text, "\xfe\xff", 2)))
    Refuse(s, 2, "-options_file: '%s' begins with a byte-order mark%s; save it as UTF-8 without one", path, "");
  if (text && strlen(text) > TRUST_LONGEST)
    Refuse(s, 2, "-options_file: '%s' is longer than a million bytes%s; it is no options file", path, "");
  if (text) {
    s->origin = path;
    s->depth++;
    ScreenText(s, text);
    s->depth--;
    s->origin = origin;
  }
  free(text);
}

/* RunHomeFile - the path of ~/.petscrc, "" where there is none. */
void RunHomeFile(char path[])
{
  const char *home = getenv("HOME");

  (void)snprintf(path, PETSC_MAX_PATH_LEN, "%s/.petscrc", home ? home : "");
  if (!home || access(path, F_OK)) path[0] = 0;
}

static void ScreenEnvironment(Screen *s)
{
  const char *given = getenv("PETSC_OPTIONS");
  char       *text  = given ? strdup(given) : NULL;

  s->origin = "PETSC_OPTIONS";
  if (text) ScreenText(s, text);
  free(text);
  if (getenv("PETSC_OPTIONS_YAML")) Refuse(s, 2, "%s is not read%s; give PETSC_OPTIONS", "PETSC_OPTIONS_YAML", "");
  s->origin = NULL;
}

/* RunScreen - refuses what must not be read. The exit status, 0 when all is well; the line. On the first rank; before PetscInitialize(). */
int RunScreen(int argc, char *argv[], char text[], size_t length)
{
  Screen s = {.text = text, .length = length};
  char   home[PETSC_MAX_PATH_LEN];

  RunHomeFile(home);
  if (home[0]) ScreenFile(&s, home);
  s.prefix[0] = 0, s.pushed = 0;
  ScreenEnvironment(&s);
  s.prefix[0] = 0, s.pushed = 0;
  for (int i = 1; i < argc; i++) {
    const char *name = NameOf(argv[i]);

    if (name) ScreenOption(&s, name, i + 1 < argc && !NameOf(argv[i + 1]) ? argv[i + 1] : "");
  }
  return s.status;
}
