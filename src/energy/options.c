/* The energy from the command line: -energy_terms entropy,well:potential,... and the options of each term, which carry its name. */
#include <jko/private/energyimpl.h>
#include <jko/private/optionsimpl.h>

const JKOOption EnergyOptions[] = {{"-terms", JKO_OPTION_WORDS, JKO_OPTION_DEFINES, NULL, .first = PETSC_TRUE,
                                    .words = "energies energy functional terms", .choices = EnergyTypeNames, .setter = "EnergyAddTerm",
                                    .help = "Terms to add, each a type or name:type; types: "},
                                   {NULL}};

/* Adds the term that a word, "type" or "name:type", asks for, unless the program has added the same already. */
static PetscErrorCode EnergyReadTerm(Energy energy, PetscInt before, const char word[])
{
  const char *colon = strchr(word, ':'), *type = colon ? colon + 1 : word;
  char        name[128];

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(name, word, colon ? PetscMin(sizeof name, (size_t)(colon - word) + 1) : sizeof name));
  for (PetscInt i = 0; i < before; i++) {
    PetscBool same_name, same_type;

    PetscCall(PetscStrcmp(name, ((PetscObject)energy->term[i])->name, &same_name));
    PetscCall(PetscStrcmp(type, ((PetscObject)energy->term[i])->type_name, &same_type));
    if (same_name && same_type) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EnergyAddTerm(energy, type, name, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyReadTerms(Energy energy, JKOOptionItems PetscOptionsObject)
{
  char          *word[ENERGY_MAX_TERMS + 1];
  PetscInt       count  = ENERGY_MAX_TERMS + 1;
  const PetscInt before = energy->count;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsWords(PetscOptionsObject, EnergyOptions, "-terms", word, &count, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < count; i++) PetscCall(EnergyReadTerm(energy, before, word[i]));
  for (PetscInt i = 0; i < count; i++) PetscCall(PetscFree(word[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The prefix of a term's options holds its name, so that types know them without. */
static PetscErrorCode EnergyReadTermOptions(EnergyTerm term)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCall(PetscObjectSetOptionsPrefix((PetscObject)term, option + 1));
  PetscObjectOptionsBegin((PetscObject)term);
  PetscTryTypeMethod(term, setfromoptions, PetscOptionsObject);
  PetscOptionsEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* EnergyVisitTypes - the options of a term of every type. Collective. */
PetscErrorCode EnergyVisitTypes(JKOTypeVisitor *visit, void *context)
{
  Energy       energy;
  const char **name;
  PetscInt     count = 0;

  PetscFunctionBegin;
  PetscCall(EnergyCreate(PETSC_COMM_WORLD, &energy));
  PetscCall(EnergyListTypes(&count, &name));
  for (PetscInt i = 0; i < count; i++) {
    EnergyTerm term;

    PetscCall(EnergyAddTerm(energy, name[i], NULL, &term));
    PetscCall((*visit)(name[i], term->options, term->words, context));
  }
  PetscCall(PetscFree(name));
  PetscCall(EnergyDestroy(&energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergySetFromOptions - adds terms and sets their parameters from the options database.

  Collective. A term that the program has added already under the same name and type is kept, not added again. With species, the energy of
each is read under its prefix as well. Errors: an unknown type, a name given twice, a parameter out of its range.

  Options, after EnergySetOptionsPrefix():
+ -energy_terms type|name:type[,...] - the terms to add
. -energy_<name>_coefficient D - of an entropy or a power
. -energy_<name>_exponent m - of a power
- -energy_<name> "expression" or -energy_<name>_file F.h5[:dataset] - of a potential
@*/
PetscErrorCode EnergySetFromOptions(Energy energy)
{
  char prefix[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyOption(energy, "", prefix, sizeof prefix));
  PetscOptionsBegin(PetscObjectComm((PetscObject)energy), prefix + 1, "Energy", "Energy");
  PetscCall(EnergyReadTerms(energy, PetscOptionsObject));
  PetscOptionsEnd();
  for (PetscInt i = 0; i < energy->count; i++) PetscCall(EnergyReadTermOptions(energy->term[i]));
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(EnergySetFromOptions(energy->own[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
