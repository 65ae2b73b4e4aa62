/* The terms of an energy: their life, their names, their options. */
#include <jko/private/energyimpl.h>
#include <jko/private/optionsimpl.h>
#include <jko/private/sysimpl.h>

PetscErrorCode EnergyTermDestroy(EnergyTerm *term)
{
  PetscFunctionBegin;
  if (!*term) PetscFunctionReturn(PETSC_SUCCESS);
  PetscTryTypeMethod(*term, destroy);
  PetscCall(PetscFree((*term)->data));
  PetscCall(PetscHeaderDestroy(term));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names are parts of options: letters, digits and _; that of the list of terms is taken. */
static PetscErrorCode EnergyCheckTermName(Energy energy, const char name[])
{
  MPI_Comm  comm = PetscObjectComm((PetscObject)energy);
  char      terms[256];
  PetscBool taken;

  PetscFunctionBegin;
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCheck(*name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name), comm, JKO_ERR_INPUT,
             "%s: '%s' cannot be the name of a term; use letters, digits and _", terms, name);
  PetscCall(PetscStrcmp(name, "terms", &taken));
  PetscCheck(!taken, comm, JKO_ERR_INPUT, "%s: 'terms' cannot be the name of a term, as %s is an option; use another", terms, terms);
  for (PetscInt i = 0; i < energy->count; i++) {
    PetscCall(PetscStrcmp(name, ((PetscObject)energy->term[i])->name, &taken));
    PetscCheck(!taken, comm, JKO_ERR_INPUT, "%s: the name '%s' is used twice; give each term its own, as in a:power,b:power", terms, name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type that a word is used for, as diffusion for entropy. */
typedef struct {
  const char *word, *type;
} MeantType;

static PetscErrorCode FindWord(const char type[], const JKOOption table[], const char words[], void *context)
{
  MeantType *meant = context;

  PetscFunctionBegin;
  (void)table;
  if (JKOHasWord(words, meant->word)) meant->type = type;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyFindType(Energy energy, const char type[], PetscErrorCode (**create)(EnergyTerm))
{
  char         known[512], terms[256];
  const char **name, *nearest;
  PetscInt     count = 0;
  MeantType    meant = {.word = type};

  PetscFunctionBegin;
  PetscCall(EnergyGetConstructor(type, create));
  if (*create) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCall(EnergyTypeNames(known, sizeof known));
  PetscCall(EnergyListTypes(&count, &name));
  PetscCall(EnergyVisitTypes(FindWord, &meant));
  nearest = meant.type;
  if (!nearest) PetscCall(JKONearestName(type, count, name, &nearest)); /* points into the list of types */
  PetscCall(PetscFree(name));
  SETERRQ(PetscObjectComm((PetscObject)energy), JKO_ERR_INPUT, "%s: there is no energy '%s'; %s%s%snown are %s", terms, type,
          nearest ? "did you mean " : "", nearest ? nearest : "", nearest ? "? K" : "k", known);
}

/*@C
  EnergyAddTerm - adds a term of the given type (ENERGYENTROPY, ENERGYPOWER, ENERGYPOTENTIAL, ...) to the sum.

  Logically collective. Its options are -energy_<name> and -energy_<name>_...; a NULL name stands for the type's. The term is
  borrowed, it belongs to the energy; `term` may be NULL. The energy is to be set up (again) afterwards.
  Errors: an unknown type, a name that is not made of letters, digits and _, or taken; more than ENERGY_MAX_TERMS terms.
@*/
PetscErrorCode EnergyAddTerm(Energy energy, const char type[], const char name[], EnergyTerm *term)
{
  EnergyTerm t;
  MPI_Comm   comm;
  char       terms[256];
  PetscErrorCode (*create)(EnergyTerm);

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(type, 2);
  comm = PetscObjectComm((PetscObject)energy);
  if (!name) name = type;
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCheck(energy->count < ENERGY_MAX_TERMS, comm, JKO_ERR_INPUT, "%s: more than %d terms", terms, ENERGY_MAX_TERMS);
  PetscCall(EnergyFindType(energy, type, &create));
  PetscCall(EnergyCheckTermName(energy, name));
  PetscCall(PetscHeaderCreate(t, ENERGYTERM_CLASSID, "EnergyTerm", "Term of an energy", "Energy", comm, EnergyTermDestroy, NULL));
  PetscCall(PetscObjectSetName((PetscObject)t, name));
  PetscCall(PetscObjectChangeTypeName((PetscObject)t, type));
  t->energy                     = energy;
  t->partner                    = -1;
  t->most                       = PETSC_INFINITY;
  energy->term[energy->count++] = t;
  EnergyNeedsSetUp(energy);
  PetscCall((*create)(t));
  if (term) *term = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergySetOptionsPrefix - the options of the energy are -<prefix><word>terms and, for each term, -<prefix><word><name>...; without this
  call no prefix and "energy_". A program with several energies gives each its own prefix.

  Logically collective; before terms are added.
@*/
PetscErrorCode EnergySetOptionsPrefix(Energy energy, const char prefix[], const char word[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(PetscObjectSetOptionsPrefix((PetscObject)energy, prefix));
  PetscCall(PetscStrncpy(energy->word, word, sizeof energy->word));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyOption(Energy energy, const char name[], char option[], size_t length)
{
  const char *prefix = ((PetscObject)energy)->prefix;

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(option, length, "-%s%s%s", prefix ? prefix : "", energy->word, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyTermOptionInFull(EnergyTerm term, const char suffix[], char option[], size_t length)
{
  char name[256];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(name, sizeof name, "%s%s", ((PetscObject)term)->name, suffix));
  PetscCall(EnergyOption(term->energy, name, option, length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyTermChange(EnergyTerm term, const char type[])
{
  PetscBool same;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(term, ENERGYTERM_CLASSID, 1);
  PetscCall(PetscObjectTypeCompare((PetscObject)term, type, &same));
  PetscCheck(same, PetscObjectComm((PetscObject)term), PETSC_ERR_ARG_WRONG, "the term '%s' is of type %s, not %s",
             ((PetscObject)term)->name, ((PetscObject)term)->type_name, type);
  EnergyNeedsSetUp(term->energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}
