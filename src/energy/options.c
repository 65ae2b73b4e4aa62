/* The energy from the command line: -energy_terms entropy,well:potential,... and the options of each term, which carry its name. */
#include <jko/private/energyimpl.h>

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
  char          *word[ENERGY_MAX_TERMS + 1], known[512], what[640], option[64];
  PetscInt       count  = ENERGY_MAX_TERMS + 1;
  const PetscInt before = energy->count;
  PetscBool      set;

  PetscFunctionBegin;
  PetscCall(EnergyTypeNames(known, sizeof known));
  PetscCall(PetscSNPrintf(what, sizeof what, "Terms to add, each a type or name:type; types: %s", known));
  PetscCall(PetscSNPrintf(option, sizeof option, "-%sterms", energy->word));
  PetscCall(PetscOptionsStringArray(option, what, "EnergyAddTerm", word, &count, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < count; i++) PetscCall(EnergyReadTerm(energy, before, word[i]));
  for (PetscInt i = 0; i < count; i++) PetscCall(PetscFree(word[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyReadTermOptions(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  char heading[256];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(heading, sizeof heading, "Energy term %s (%s)", ((PetscObject)term)->name, ((PetscObject)term)->type_name));
  PetscOptionsHeadBegin(PetscOptionsObject, heading);
  PetscTryTypeMethod(term, setfromoptions, PetscOptionsObject);
  PetscOptionsHeadEnd();
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
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscObjectOptionsBegin((PetscObject)energy);
  PetscCall(EnergyReadTerms(energy, PetscOptionsObject));
  for (PetscInt i = 0; i < energy->count; i++) PetscCall(EnergyReadTermOptions(energy->term[i], PetscOptionsObject));
  PetscOptionsEnd();
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(EnergySetFromOptions(energy->own[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
