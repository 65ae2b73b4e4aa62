/* The options of a checkpoint beside those of the run that goes on from it: what makes another problem of it is refused, what only tunes
   is taken with a note. Of the grid and the energy the values themselves are compared, in checkpoint.c. */
#include <ctype.h>
#include <jko/options.h>
#include <jko/private/runimpl.h>

static PetscBool EndsWith(const char name[], const char end[])
{
  const size_t length = strlen(name), tail = strlen(end);

  return (PetscBool)(length > tail && !strcmp(name + length - tail, end));
}

/* What an option is to a flow. Files of the energy show in its value, those of the reaction do not; what no table has is PETSc's, whose
   solvers tune, or of a term that a program has added. */
static JKOOptionRole RoleOf(const char name[])
{
  const RunOption *o = RunFindOption(name);

  if (o) return !strncmp(o->name, "-reaction_", 10) ? JKO_OPTION_DEFINES : o->option->role;
  if (EndsWith(name, "_monitor") || EndsWith(name, "_view")) return JKO_OPTION_FREE;
  if (!strncmp(name, "sinkhorn_", 9)) return JKO_OPTION_TUNES;
  return strstr(name, "energy_") || strstr(name, "reaction_") ? JKO_OPTION_DEFINES : JKO_OPTION_FREE;
}

/* Whether two values mean the same: as truth values, as lists of numbers, or letter by letter but for spaces. */
static PetscBool SameValue(const char a[], const char b[])
{
  if (JKOOptionTruth(a) >= 0 && JKOOptionTruth(a) == JKOOptionTruth(b)) return PETSC_TRUE;
  while (*a && *b) {
    char        *end_a, *end_b;
    const double x = strtod(a, &end_a), y = strtod(b, &end_b);

    if (end_a != a && end_b != b && x == y) {
      a = end_a;
      b = end_b;
    } else if (isspace((unsigned char)*a))
      a++;
    else if (isspace((unsigned char)*b))
      b++;
    else if (*a++ != *b++)
      return PETSC_FALSE;
  }
  return (PetscBool)(!a[strspn(a, " ")] && !b[strspn(b, " ")]);
}

/* A value from "-name value" lines; NULL where the name is not there. The caller frees it. */
static char *FindOption(const char lines[], const char name[])
{
  const size_t length = strlen(name);

  for (const char *line = lines; *line; line += strcspn(line, "\n"), line += *line == '\n')
    if (!strncasecmp(line + 1, name, length) && (line[1 + length] == ' ' || line[1 + length] == '\n')) {
      const char *value = line + 1 + length + (line[1 + length] == ' ');

      return strndup(value, strcspn(value, "\n"));
    }
  return NULL;
}

typedef struct {
  char  *refusal; /* of the first option that is refused */
  size_t length;
  FILE  *notes;
} Verdict;

/* One option; `now` or `then` is NULL where it was not given. */
static void Judge(const char name[], const char now[], const char then[], Verdict *v)
{
  const JKOOptionRole role  = RoleOf(name);
  const RunOption    *o     = RunFindOption(name);
  const char         *usual = o ? o->option->usual : NULL;

  if (role == JKO_OPTION_FREE || (role == JKO_OPTION_BEGINS && !now)) return;
  if (role == JKO_OPTION_BEGINS && !then && !usual) return; /* the checkpoint's run had been restarted itself */
  if (!now) now = usual;
  if (!then) then = usual;
  if (now && then && SameValue(now, then)) return;
  if (!now) now = "not given";
  if (!then) then = "not given";
  if (role == JKO_OPTION_TUNES)
    (void)fprintf(v->notes, "restart: -%s is %s, it was %s\n", name, now, then);
  else if (!v->refusal[0])
    (void)snprintf(v->refusal, v->length, "-%s: '%s' given, the checkpoint is of a flow with '%s'; %s", name, now, then,
                   role == JKO_OPTION_BEGINS ? "leave it out or start anew without -restart"
                                             : "that is another problem: start it without -restart");
}

/* All options given now; or, swapped, those given then that are not given now. */
static void JudgeAll(const char names[], const char others[], PetscBool swapped, Verdict *v)
{
  for (const char *line = names; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    char *name = strndup(line + 1, strcspn(line + 1, " \n"));
    char *own = FindOption(names, name), *other = FindOption(others, name);

    if (!swapped || !other) Judge(name, swapped ? NULL : own, swapped ? own : other, v);
    free(name);
    free(own);
    free(other);
  }
}

/* RunCompareOptions - `refusal`: the first option that makes another problem of what the checkpoint holds, in a sentence, or "". `notes`,
   freed by the caller: a line for each that tunes it differently. On the first rank. */
void RunCompareOptions(const char now[], const char then[], char refusal[], size_t length, char **notes)
{
  size_t  size;
  Verdict verdict = {.refusal = refusal, .length = length, .notes = open_memstream(notes, &size)};

  refusal[0] = 0;
  JudgeAll(now, then, PETSC_FALSE, &verdict);
  JudgeAll(then, now, PETSC_TRUE, &verdict);
  (void)fclose(verdict.notes);
}

static PetscErrorCode AppendOption(const char name[], const char value[], void *context)
{
  PetscFunctionBegin;
  (void)fprintf((FILE *)context, "-%s ", name);
  for (const char *c = value; *c; c++) (void)fputc(*c == '\n' ? ' ' : *c, (FILE *)context); /* an option is a line */
  (void)fputc('\n', (FILE *)context);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunListOptions - the options as used, a line each, with those of `then` (may be NULL) that the flow began with. The caller frees the
   text. Not collective. */
PetscErrorCode RunListOptions(const char then[], char **text)
{
  size_t size;
  FILE  *stream = open_memstream(text, &size);

  PetscFunctionBegin;
  PetscCall(RunVisitOptions(AppendOption, stream));
  (void)fflush(stream);
  for (const char *line = then ? then : ""; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    char *name = strndup(line + 1, strcspn(line + 1, " \n")), *given = FindOption(*text, name);

    if (RoleOf(name) == JKO_OPTION_BEGINS && !given) (void)fprintf(stream, "%.*s\n", (int)strcspn(line, "\n"), line);
    free(name);
    free(given);
  }
  (void)fclose(stream);
  PetscFunctionReturn(PETSC_SUCCESS);
}
