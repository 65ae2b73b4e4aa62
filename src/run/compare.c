/* The options of a checkpoint beside those of the run that goes on from it: what makes another problem of it is refused, what only tunes
   is taken with a note. Of the grid and the energy the values themselves are compared, in checkpoint.c. */
#include <ctype.h>
#include <jko/private/runimpl.h>

typedef enum { FREE, TUNES, BEGINS, DEFINES } Role;

/* What an option is by the start of its name, the first that fits; FREE and `known` false where none does. */
static Role RoleByStart(const char name[], PetscBool *known)
{
  static const struct {
    const char *start;
    Role        role;
  } roles[] = {{"monitor_", FREE},          {"output", FREE},      {"checkpoint_", FREE},   {"log_", FREE},
               {"grid_da_", FREE},          {"grid_n", FREE},      {"grid_lower", FREE},    {"grid_upper", FREE},
               {"grid_boundary", FREE},     {"grid_", DEFINES},    {"energy_", DEFINES},    {"reaction_", DEFINES},
               {"species", DEFINES},        {"density", BEGINS},   {"jko_metric", DEFINES}, {"jko_splitting", DEFINES},
               {"jko_compensate", DEFINES}, {"jko_type", DEFINES}, {"jko_max_", FREE},      {"jko_", TUNES},
               {"sinkhorn_", TUNES},        {"kernel_", TUNES}};

  *known = PETSC_TRUE;
  for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
    if (!strncmp(name, roles[i].start, strlen(roles[i].start))) return roles[i].role;
  *known = PETSC_FALSE;
  return FREE;
}

/* RunIsOptionGroup - whether options begin with the name: no species can have it. Not collective. */
PetscBool RunIsOptionGroup(const char name[])
{
  static const char *const others[] = {"max", "restart", "snes", "options", "malloc", "draw"};
  char                     start[64];
  PetscBool                known;

  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (!strcmp(name, others[i])) return PETSC_TRUE;
  (void)snprintf(start, sizeof start, "%s_", name);
  (void)RoleByStart(start, &known);
  return known;
}

static PetscBool EndsWith(const char name[], const char end[])
{
  const size_t length = strlen(name), tail = strlen(end);

  return (PetscBool)(length > tail && !strcmp(name + length - tail, end));
}

/* What an option is to a flow, whatever name of a species stands in front of it. What a file of the energy holds shows in its value. */
static Role RoleOf(const char name[])
{
  PetscBool known = PETSC_FALSE;
  Role      role  = FREE;

  if (EndsWith(name, "_monitor") || EndsWith(name, "_view")) return FREE;
  for (const char *part = name; part && !known; part = strchr(part, '_') ? strchr(part, '_') + 1 : NULL) {
    role = RoleByStart(part, &known);
    if (known && !strncmp(part, "energy_", 7) && EndsWith(part, "_file")) return FREE;
  }
  return role;
}

/* 1 or 0 for a truth value as PETSc reads it, -1 for what is none. */
static int TruthOf(const char word[])
{
  const char *const words[2][4] = {{"false", "no", "0", "off"}, {"true", "yes", "1", "on"}};

  if (!word[0]) return 1;
  for (int truth = 0; truth < 2; truth++)
    for (int i = 0; i < 4; i++)
      if (!strcasecmp(word, words[truth][i])) return truth;
  return -1;
}

/* Whether two values mean the same: as truth values, as lists of numbers, or letter by letter but for spaces. */
static PetscBool SameValue(const char a[], const char b[])
{
  if (TruthOf(a) >= 0 && TruthOf(a) == TruthOf(b)) return PETSC_TRUE;
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
    if (!strncmp(line + 1, name, length) && (line[1 + length] == ' ' || line[1 + length] == '\n')) {
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
  const Role role = RoleOf(name);
  char       usual[256];

  RunDefaultOption(name, usual, sizeof usual);
  if (role == FREE || (role == BEGINS && !now)) return;
  if (role == BEGINS && !then && !usual[0]) return; /* the checkpoint's run had been restarted itself */
  if (!now && usual[0]) now = usual;
  if (!then && usual[0]) then = usual;
  if (now && then && SameValue(now, then)) return;
  if (!now) now = "not given";
  if (!then) then = "not given";
  if (role == TUNES)
    (void)fprintf(v->notes, "restart: -%s is %s, it was %s\n", name, now, then);
  else if (!v->refusal[0])
    (void)snprintf(v->refusal, v->length, "-%s: '%s' given, the checkpoint is of a flow with '%s'; %s", name, now, then,
                   role == BEGINS ? "leave it out or start anew without -restart" : "that is another problem: start it without -restart");
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
  (void)fprintf((FILE *)context, "-%s %s\n", name, value);
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

    if (RoleOf(name) == BEGINS && !given) (void)fprintf(stream, "%.*s\n", (int)strcspn(line, "\n"), line);
    free(name);
    free(given);
  }
  (void)fclose(stream);
  PetscFunctionReturn(PETSC_SUCCESS);
}
