/* The options of the program, all of them: those of the classes' tables, and those that types of energies and monitors bring, under the
   names that terms and species have on this command line. */
#include <stdlib.h>
#include <jko/private/energyimpl.h>
#include <jko/private/optionsimpl.h>
#include <jko/private/runimpl.h>

static struct {
  PetscInt   count, room;
  RunOption *item;
} Declared;

/* Where terms are listed: the option without its "terms", and its words. */
typedef struct {
  const char *start;
  char        terms[RUN_TEXT];
} TermList;

/* RunGetOptions - all options; valid until RunDeclareOptions(). Not collective. */
PetscInt RunGetOptions(const RunOption **options)
{
  *options = Declared.item;
  return Declared.count;
}

/* RunFindOption - an option by the name that the user types, with or without its dash, or NULL. Not collective. */
const RunOption *RunFindOption(const char name[])
{
  for (PetscInt i = 0; i < Declared.count; i++)
    if (!strcasecmp(Declared.item[i].name + 1, name + (name[0] == '-'))) return &Declared.item[i];
  return NULL;
}

static RunOption *Declare(const char class[], const char title[], const char start[], const JKOOption *option)
{
  RunOption *o;

  if (Declared.count == Declared.room) {
    Declared.room = 2 * Declared.room + 64;
    Declared.item = realloc(Declared.item, (size_t)Declared.room * sizeof *Declared.item);
    if (!Declared.item) abort();
  }
  o  = &Declared.item[Declared.count++];
  *o = (RunOption){.class = class, .title = title, .option = option};
  (void)snprintf(o->name, sizeof o->name, "%s%s", start, option->name + 1);
  return o;
}

/* Whether a list of terms has one of this name and type, "type" or "name:type"; any name where it is NULL, which is then copied. */
static PetscBool FindTerm(const char terms[], const char name[], const char type[], PetscInt skip, char found[], size_t length)
{
  char copy[RUN_TEXT], *rest = copy, *word;

  (void)snprintf(copy, sizeof copy, "%s", terms);
  while ((word = strsep(&rest, ","))) {
    char *colon = strchr(word, ':');

    if (colon) *colon = 0;
    if (strcmp(colon ? colon + 1 : word, type) != 0 || (name && strcmp(word, name) != 0) || skip-- > 0) continue;
    (void)snprintf(found, length, "%s", word);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static void DeclareTerm(const TermList *list, const char name[], const char type[], const JKOOption table[])
{
  char start[PETSC_MAX_OPTION_NAME], found[RUN_NAME];

  (void)snprintf(start, sizeof start, "%s%s", list->start, name);
  for (const JKOOption *o = table; o->name; o++) {
    RunOption *term = Declare("Energy", NULL, start, o);

    (void)snprintf(term->list, sizeof term->list, "%sterms", list->start);
    (void)snprintf(term->term, sizeof term->term, "%s", name);
    term->unlisted = (PetscBool)!FindTerm(list->terms, name, type, 0, found, sizeof found);
    if (term->unlisted && FindTerm(list->terms, NULL, type, 0, found, sizeof found))
      (void)snprintf(term->instead, sizeof term->instead, "%s%s%s", list->start, found, o->name + 1);
  }
}

/* The options of a type of energy, under its own name and under those of its terms in the list. */
static PetscErrorCode DeclareType(const char type[], const JKOOption table[], const char words[], void *context)
{
  const TermList *list = context;
  char            name[RUN_NAME];

  PetscFunctionBegin;
  (void)words;
  if (!table) PetscFunctionReturn(PETSC_SUCCESS);
  DeclareTerm(list, type, type, table);
  for (PetscInt i = 0; FindTerm(list->terms, NULL, type, i, name, sizeof name); i++)
    if (strcmp(name, type) != 0) DeclareTerm(list, name, type, table);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The list of terms whose options begin with `start`, and the options of its terms. */
static PetscErrorCode DeclareEnergy(const char title[], const char start[], PetscBool species)
{
  TermList       list = {.start = start};
  char           option[PETSC_MAX_OPTION_NAME];
  const PetscInt first = Declared.count;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(option, sizeof option, "%sterms", start));
  PetscCall(PetscOptionsGetString(NULL, NULL, option, list.terms, sizeof list.terms, NULL));
  for (const JKOOption *o = EnergyOptions; o->name; o++) (void)Declare("Energy", NULL, start, o);
  PetscCall(EnergyVisitTypes(DeclareType, &list));
  for (PetscInt i = first; i < Declared.count; i++) Declared.item[i].species = species;
  Declared.item[first].title = title;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options that a type of a class has of its own. */
static PetscErrorCode DeclareOwn(const char type[], const JKOOption table[], const char words[], void *class)
{
  PetscFunctionBegin;
  (void)type, (void)words;
  for (const JKOOption *o = table; o && o->name; o++) (void)Declare((const char *)class, NULL, "-", o);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DeclareSpecies(const char name[])
{
  char start[PETSC_MAX_OPTION_NAME];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(start, sizeof start, "-%s_", name));
  for (const JKOOption *o = RunDensityOptions; o->name; o++) Declare("Run", NULL, start, o)->species = PETSC_TRUE;
  PetscCall(PetscSNPrintf(start, sizeof start, "-%s_energy_", name));
  PetscCall(DeclareEnergy(NULL, start, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunDeclareOptions - collects the options that there are, for the terms and species that the database names. Collective. */
PetscErrorCode RunDeclareOptions(void)
{
  static const struct {
    const char *class, *title;
    const JKOOption *table;
  } tables[] = {
#define JKO_OPTION_TABLE(class, title, table) {class, title, table},
#include <jko/private/optiontables.h>
#undef JKO_OPTION_TABLE
  };
  char species[RUN_TEXT] = "", *rest;

  PetscFunctionBegin;
  Declared.count = 0;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    const char *title = tables[i].title;

    if (tables[i].table == EnergyOptions) {
      PetscCall(DeclareEnergy(title, "-energy_", PETSC_FALSE));
      PetscCall(DeclareEnergy("Energy of the reaction", "-reaction_", PETSC_FALSE));
      continue;
    }
    for (const JKOOption *o = tables[i].table; o->name; o++, title = NULL) (void)Declare(tables[i].class, title, "-", o);
    if (tables[i].table == MonitorOptions) PetscCall(MonitorVisitTypes(DeclareOwn, (void *)tables[i].class));
    if (tables[i].table == SinkhornOptions) PetscCall(SinkhornVisitTypes(DeclareOwn, (void *)tables[i].class));
  }
  PetscCall(PetscOptionsGetString(NULL, NULL, "-species", species, sizeof species, NULL));
  for (char *name = strtok_r(species, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) PetscCall(DeclareSpecies(name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunIsOptionGroup - whether options begin with the name: no species can have it. Not collective. */
PetscBool RunIsOptionGroup(const char name[])
{
  const size_t length = strlen(name);

  for (PetscInt i = 0; i < Declared.count; i++) {
    const char *option = Declared.item[i].name + 1;

    if (!Declared.item[i].species && !strncasecmp(option, name, length) && (!option[length] || option[length] == '_')) return PETSC_TRUE;
  }
  return RunIsPetscGroup(name);
}
