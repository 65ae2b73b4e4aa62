/* Options that nobody has asked for: what is wrong with each, and the cure. */
#include <jko/private/optionsimpl.h>
#include <jko/private/runimpl.h>
#include <jko/private/sysimpl.h>

#define RUN_MAX_NAMES 4096

/* Whether the parts of a word, between its underscores, stand in a name in the same order: "jko_steps" in "jko_max_steps". */
static PetscBool HasParts(const char name[], const char word[])
{
  while (*word) {
    const size_t length = strcspn(word, "_");

    while (*name && (strcspn(name, "_") != length || strncasecmp(name, word, length) != 0))
      name += strcspn(name, "_"), name += *name == '_';
    if (!*name) return PETSC_FALSE;
    name += length, name += *name == '_';
    word += length, word += *word == '_';
  }
  return PETSC_TRUE;
}

/* Whether an option is looked for by the word, whole or without its first part. */
static PetscBool GoesBy(const JKOOption *option, const char word[])
{
  const char *rest = strchr(word, '_');

  return (PetscBool)(JKOHasWord(option->words, word) || (rest && JKOHasWord(option->words, rest + 1)));
}

/* The option that a misspelt one is likely to mean, without its dash, or NULL: one that goes by this word, is spelt nearly so, or has more
   parts. */
static PetscErrorCode GuessOption(const char word[], const char **guess)
{
  const RunOption   *option;
  const char *const *petsc;
  const PetscInt     theirs = RunSuggestPetsc(&petsc), count = PetscMin(RunGetOptions(&option), RUN_MAX_NAMES - theirs);
  const char        *name[RUN_MAX_NAMES];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < count; i++) name[i] = option[i].name + 1;
  for (PetscInt i = 0; i < theirs; i++) name[count + i] = petsc[i];
  for (PetscInt i = 0; i < count; i++)
    if (GoesBy(option[i].option, word)) {
      *guess = name[i];
      PetscFunctionReturn(PETSC_SUCCESS);
    }
  PetscCall(JKONearestName(word, count + theirs, name, guess));
  for (PetscInt i = 0; i < count && !*guess; i++)
    if (strchr(word, '_') && HasParts(name[i], word)) *guess = name[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An option that is known, and has not been asked for. */
static PetscErrorCode DescribeUnused(const RunOption *o, char sentence[], size_t length)
{
  PetscFunctionBegin;
  if (o->unlisted && o->instead[0])
    PetscCall(PetscSNPrintf(sentence, length, "%s has no effect: %s names no term so; there is %s", o->name, o->list, o->instead));
  else if (o->unlisted)
    PetscCall(PetscSNPrintf(sentence, length, "%s has no effect: add %s to %s", o->name, o->term, o->list));
  else if (o->option->needs)
    PetscCall(PetscSNPrintf(sentence, length, "%s has no effect without %s", o->name, o->option->needs));
  else
    PetscCall(PetscSNPrintf(sentence, length, "%s has no effect together with the other options", o->name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "-c_density" of a species that there is not; `sentence` is left empty where the option is none of a species. */
static PetscErrorCode DescribeSpecies(const char option[], char sentence[], size_t length)
{
  char species[RUN_TEXT] = "";

  PetscFunctionBegin;
  for (const char *part = strchr(option, '_'); part && !sentence[0]; part = strchr(part + 1, '_')) {
    const RunOption *o = RunFindOption(part + 1);

    if (!o || o->species || (strncmp(o->name, "-density", 8) != 0 && strncmp(o->name, "-energy_", 8) != 0)) continue;
    PetscCall(PetscOptionsGetString(NULL, NULL, "-species", species, sizeof species, NULL));
    PetscCall(PetscSNPrintf(sentence, length, "-%s: there is no species '%.*s'; -species %s%s", option, (int)(part - option), option,
                            species[0] ? "lists " : "is not given", species));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDescribeEquals - "jko_dt=0.1" in a sentence; false where the name is followed by something else. Not collective. */
PetscBool RunDescribeEquals(const char option[], char sentence[], size_t length)
{
  const size_t name = strspn(option, RUN_LETTERS);

  if (option[name] != '=' || name < 2) return PETSC_FALSE;
  (void)snprintf(sentence, length, "'-%s': a space goes between an option and its value, not an equals sign: -%.*s %s", option, (int)name,
                 option, option + name + 1);
  return PETSC_TRUE;
}

/* Whether the option is one of PETSc's windows, and there is to be none. Not collective. */
static PetscErrorCode WantsWindow(const char option[], PetscBool *wants)
{
  char      monitor[64];
  PetscBool set, draws = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(NULL, NULL, "-jko_monitor", monitor, sizeof monitor, &set));
  if (set) PetscCall(PetscStrcmp(monitor, "draw", &draws));
  *wants = (PetscBool)(!draws && !strncasecmp(option, "draw_", 5));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An option that no class knows. */
static PetscErrorCode DescribeStranger(const char option[], PetscBool strict, char sentence[], size_t length)
{
  const char *guess, *solver = RunPetscSolver(option), *use = RunPetscSolverUse(option);
  PetscBool   window = PETSC_FALSE;

  PetscFunctionBegin;
  if (RunDescribeEquals(option, sentence, length)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(DescribeSpecies(option, sentence, length));
  if (sentence[0]) PetscFunctionReturn(PETSC_SUCCESS);
  if (!strict && !strncasecmp(option, "sinkhorn_", 9)) PetscFunctionReturn(PETSC_SUCCESS); /* PETSc has not been asked yet */
  PetscCall(GuessOption(option, &guess));
  PetscCall(WantsWindow(option, &window));
  if (window)
    PetscCall(PetscSNPrintf(sentence, length, "-%s has no effect without -jko_monitor draw", option));
  else if (solver)
    PetscCall(PetscSNPrintf(sentence, length, "-%s is not an option; those of PETSc's solvers begin with -%s", option, solver));
  else if (use && (!guess || !strcasecmp(guess, option)))
    PetscCall(PetscSNPrintf(sentence, length, "-%s has no effect: no solver in use asks for it; options that begin so are those of %s",
                            option, use));
  else if (guess)
    PetscCall(PetscSNPrintf(sentence, length, "-%s is not an option; did you mean -%s?", option, guess));
  else if (strict)
    PetscCall(PetscSNPrintf(sentence, length, "-%s is not an option; `jko -help all` lists them", option));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDescribeUnknown - the first option that nobody has asked for, in a sentence, or "". `strict`, after the set-up: that is known but of
   no use as well, and any that is not known; before, what is wrong in any case. Collective. */
PetscErrorCode RunDescribeUnknown(PetscBool strict, char sentence[], size_t length)
{
  char   **left, **value;
  PetscInt n;

  PetscFunctionBegin;
  sentence[0] = 0;
  PetscCall(PetscOptionsLeftGet(NULL, &n, &left, &value));
  for (PetscInt i = 0; i < n && !sentence[0]; i++) {
    const RunOption *known = RunFindOption(left[i]);

    if (RunBelongsToPetsc(left[i])) continue;
    if (known && strict) PetscCall(DescribeUnused(known, sentence, length));
    if (!known) PetscCall(DescribeStranger(left[i], strict, sentence, length));
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &n, &left, &value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRefuseUnknown - after the set-up, when all that is of use has been asked for: refuses what is left. Collective. */
PetscErrorCode RunRefuseUnknown(void)
{
  char sentence[512];

  PetscFunctionBegin;
  PetscCall(RunDescribeUnknown(PETSC_TRUE, sentence, sizeof sentence));
  PetscCheck(!sentence[0], PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s", sentence);
  PetscFunctionReturn(PETSC_SUCCESS);
}
