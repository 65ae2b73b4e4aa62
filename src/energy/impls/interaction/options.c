/* The options of an interaction. */
#include "interaction.h"

/* A parameter that belongs to kernels that are not in use is refused. */
static PetscErrorCode InteractionNeeds(EnergyTerm term, const char suffix[], PetscBool given, const char kernels[], PetscBool fits)
{
  char option[256];

  PetscFunctionBegin;
  if (!given) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(fits, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT, "%s%s is for %s_kernel %s; leave it out", option, suffix, option,
             kernels);
  PetscFunctionReturn(PETSC_SUCCESS);
}

const JKOOption InteractionOptions[] = {
    {"-", JKO_OPTION_EXPRESSION, JKO_OPTION_DEFINES, NULL, .words = "attraction repulsion kernel",
     .setter = "EnergyInteractionSetExpression", .help = "W in F = 1/2 int int W rho rho, an expression of the displacement x, y, z, r"},
    {"-_kernel", JKO_OPTION_WORD, JKO_OPTION_DEFINES, NULL, .setter = "EnergyInteractionSetKernel",
     .help = "W by name: quadratic, power, gaussian, morse, newtonian or log"},
    {"-_exponents", JKO_OPTION_REALS, JKO_OPTION_DEFINES, "2,0", .setter = "EnergyInteractionSetExponents",
     .help = "a,b of the kernel power, r^a/a - r^b/b"},
    {"-_length", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "1", .unit = "length", .setter = "EnergyInteractionSetLength",
     .help = "s of the kernels gaussian and morse"},
    {"-_repulsion", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "2", .setter = "EnergyInteractionSetMorse",
     .help = "C of the kernel morse, C exp(-r/(l s)) - exp(-r/s)"},
    {"-_range", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "0.5", .setter = "EnergyInteractionSetMorse", .help = "l of the kernel morse"},
    {"-_coefficient", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "1", .setter = "EnergyInteractionSetCoefficient",
     .help = "A factor of W, of any sign"},
    {"-_treatment", JKO_OPTION_WORD, JKO_OPTION_DEFINES, "implicit", .setter = "EnergyInteractionSetTreatment",
     .help = "implicit: W * rho of the new density; explicit: of the last one"},
    {"-_with", JKO_OPTION_WORD, JKO_OPTION_DEFINES, NULL, .setter = "EnergyInteractionSetPartner",
     .help = "Another species that W acts between: F = int int W rho_a rho_b"},
    {NULL}};

static PetscErrorCode InteractionReadParameters(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  const Interaction      *w           = (const Interaction *)term->data;
  const InteractionKernel kernel      = w->chosen ? w->W.kernel : INTERACTION_KERNELS;
  PetscReal               exponent[2] = {w->W.exponent[0], w->W.exponent[1]}, length = w->W.length, C = w->W.repulsion, l = w->W.range;
  PetscInt                count = 2;
  PetscBool               set, both;
  char                    option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "_exponents", option, sizeof option));
  PetscCall(JKOOptionsReals(PetscOptionsObject, term->options, "-_exponents", exponent, &count, &set));
  PetscCall(InteractionNeeds(term, "_exponents", set, "power", (PetscBool)(kernel == INTERACTION_POWER)));
  PetscCheck(!set || count == 2, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT, "%s: %" PetscInt_FMT " numbers given; it takes two",
             option, count);
  if (set) PetscCall(EnergyInteractionSetExponents(term, exponent[0], exponent[1]));
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_length", &length, &set));
  PetscCall(InteractionNeeds(term, "_length", set, "gaussian or morse",
                             (PetscBool)(kernel == INTERACTION_GAUSSIAN || kernel == INTERACTION_MORSE)));
  if (set) PetscCall(EnergyInteractionSetLength(term, length));
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_repulsion", &C, &set));
  PetscCall(InteractionNeeds(term, "_repulsion", set, "morse", (PetscBool)(kernel == INTERACTION_MORSE)));
  both = set;
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_range", &l, &set));
  PetscCall(InteractionNeeds(term, "_range", set, "morse", (PetscBool)(kernel == INTERACTION_MORSE)));
  if (set || both) PetscCall(EnergyInteractionSetMorse(term, C, l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergySetFromOptions_Interaction(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  char      in_full[256], expression[4096], name[64];
  PetscReal coefficient;
  PetscBool by_expression, by_name, set;

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "", in_full, sizeof in_full));
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, "-", expression, sizeof expression, &by_expression));
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, "-_kernel", name, sizeof name, &by_name));
  PetscCheck(!by_expression || !by_name, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s and %s_kernel are both given; use one of them, or a term for each", in_full, in_full);
  if (by_expression) PetscCall(EnergyInteractionSetExpression(term, expression));
  if (by_name) PetscCall(EnergyInteractionSetKernel(term, name));
  PetscCall(InteractionReadParameters(term, PetscOptionsObject));
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_coefficient", &coefficient, &set));
  if (set) PetscCall(EnergyInteractionSetCoefficient(term, coefficient));
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, "-_treatment", name, sizeof name, &set));
  if (set) PetscCall(EnergyInteractionSetTreatment(term, name));
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, "-_with", name, sizeof name, &set));
  if (set) PetscCall(EnergyInteractionSetPartner(term, name));
  PetscFunctionReturn(PETSC_SUCCESS);
}
