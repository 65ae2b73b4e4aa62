/* Interaction  F = 1/2 int int W(x - y) rho(x) rho(y) dx dy,  F' = W * rho,  W even:
   aggregation  d/dt rho = div(rho grad(W * rho))  (Carrillo, McCann, Villani, Rev. Mat. Iberoam. 19, 2003).

   Between two species  F = int int W(x - y) rho_a(x) rho_b(y),  whose variations are W * rho_b for a and W * rho_a for b: two terms, one of
   each, with half of F.

   Only the even part of a W would have an effect on the energy: one with an odd part is refused. W * rho is a convolution by FFT; of
   |x|^2/2 between walls it takes moments only,

     (W * rho)(x) = m |x|^2/2 - x . int y rho + int |y|^2/2 rho.                                                                       */
#include <math.h>
#include <jko/private/sumimpl.h>
#include "interaction.h"

#define INTERACTION_EVEN 1e-9 /* of W: what roundings may be odd */

static void EnergyAffine_Interaction(EnergyTerm term, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[])
{
  const PetscReal *field = ((const Interaction *)term->data)->field + first;

  (void)slope;
  for (PetscInt i = 0; i < n; i++) offset[i] += field[i];
}

static void EnergyDensity_Interaction(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[],
                                      PetscReal e[])
{
  const PetscReal *field = ((const Interaction *)term->data)->field + first;

  (void)u;
  for (PetscInt i = 0; i < n; i++) e[i] += field[i] * rho[i];
}

/* The coordinate along an axis of each of this rank's cells from the middle of the box; 0 along an axis that is not there. */
static PetscErrorCode InteractionCoordinates(Grid grid, PetscInt width[3], PetscReal *x[3])
{
  PetscReal lower[3], upper[3];
  PetscInt  start[3], dim;

  PetscFunctionBegin;
  PetscCall(GridGetCorners(grid, start, width));
  PetscCall(GridGetBox(grid, lower, upper));
  PetscCall(GridGetDimension(grid, &dim));
  for (PetscInt a = 0; a < 3; a++) {
    PetscCall(PetscCalloc1(width[a], &x[a]));
    for (PetscInt i = 0; a < dim && i < width[a]; i++) {
      PetscCall(GridGetCentre(grid, a, start[a] + i, &x[a][i]));
      x[a][i] -= (lower[a] + upper[a]) / 2;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds rho, rho x, rho y, rho z and rho |x|^2 of a part of a row to the sums. */
static void InteractionSum(PetscInt n, const PetscReal u[], const PetscReal x[], PetscReal y, PetscReal z, Sum sums[5])
{
  EnergyArray rho = {0}, part[2];

  EnergyExp(n, 1, u, rho);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    part[0][i] = i < n ? rho[i] * x[i] : 0;
    part[1][i] = i < n ? rho[i] * (x[i] * x[i] + y * y + z * z) : 0;
  }
  SumAdd(&sums[0], ENERGY_CHUNK, rho);
  SumAdd(&sums[1], ENERGY_CHUNK, part[0]);
  SumAdd(&sums[4], ENERGY_CHUNK, part[1]);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    part[0][i] = rho[i] * y;
    part[1][i] = rho[i] * z;
  }
  SumAdd(&sums[2], ENERGY_CHUNK, part[0]);
  SumAdd(&sums[3], ENERGY_CHUNK, part[1]);
}

static PetscErrorCode InteractionMoments(EnergyTerm term, const PetscScalar u[])
{
  Interaction    *w = (Interaction *)term->data;
  PetscReal      *x[3], m[5];
  const PetscReal factor = w->coefficient * term->energy->volume;
  PetscInt        width[3];
  Sum             sums[5] = {{{0}, {0}}};

  PetscFunctionBegin;
  PetscCall(InteractionCoordinates(term->energy->grid, width, x));
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++)
      for (PetscInt i = 0; i < width[0]; i += ENERGY_CHUNK)
        InteractionSum(PetscMin(ENERGY_CHUNK, width[0] - i), u + i + width[0] * (j + width[1] * k), x[0] + i, x[1][j], x[2][k], sums);
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)term), 5, sums, m));
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++)
      for (PetscInt i = 0; i < width[0]; i++) {
        const PetscReal r2 = PetscSqr(x[0][i]) + PetscSqr(x[1][j]) + PetscSqr(x[2][k]);

        w->field[i + width[0] * (j + width[1] * k)] =
            factor * (m[0] * r2 / 2 - m[1] * x[0][i] - m[2] * x[1][j] - m[3] * x[2][k] + m[4] / 2);
      }
  for (PetscInt a = 0; a < 3; a++) PetscCall(PetscFree(x[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the field is that of u already, the same on all ranks: steps ask for their last density more than once. */
static PetscErrorCode InteractionKnows(EnergyTerm term, const PetscScalar u[], PetscBool *knows)
{
  Interaction *w = (Interaction *)term->data;

  PetscFunctionBegin;
  *knows = w->known;
  if (w->known) PetscCall(PetscArraycmp(w->u, u, term->energy->n, knows));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, knows, 1, JKO_MPI_BOOL, MPI_LAND, PetscObjectComm((PetscObject)term)));
  if (!*knows) PetscCall(PetscArraycpy(w->u, u, term->energy->n));
  w->known = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyRefresh_Interaction(EnergyTerm term, Vec u)
{
  Interaction       *w = (Interaction *)term->data;
  const PetscScalar *x;
  PetscBool          knows;

  PetscFunctionBegin;
  if (!u) {
    w->known = PETSC_FALSE;
    PetscCall(PetscArrayzero(w->field, term->energy->n));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecGetArrayRead(u, &x));
  PetscCall(InteractionKnows(term, x, &knows));
  PetscCall(PetscLogEventBegin(Energy_Interaction, term, 0, 0, 0));
  if (!knows && w->moments)
    PetscCall(InteractionMoments(term, x));
  else if (!knows) {
    for (PetscInt i = 0; i < term->energy->n; i += ENERGY_CHUNK)
      EnergyExp(PetscMin(ENERGY_CHUNK, term->energy->n - i), 1, x + i, w->field + i);
    PetscCall(ConvolutionApply(w->convolution, w->spectrum, w->field, w->field));
  }
  PetscCall(PetscLogEventEnd(Energy_Interaction, term, 0, 0, 0));
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What has been set is to be set up again. */
static PetscErrorCode InteractionChange(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYINTERACTION));
  ((Interaction *)term->data)->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses W that is not finite at some displacement. Collective. */
static PetscErrorCode InteractionCheckPole(EnergyTerm term)
{
  Interaction *w = (Interaction *)term->data;
  PetscReal    pole;
  char         option[256];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&w->W.pole, &pole, 1, MPIU_REAL, MPIU_MIN, PetscObjectComm((PetscObject)term)));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(pole >= PETSC_MAX_REAL, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: W is not finite at a displacement of length %.6g; singular kernels, averaged over cells, are those of %s_kernel power, "
             "newtonian, log",
             option, (double)pole, option);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode InteractionTransform(EnergyTerm term)
{
  Interaction *w = (Interaction *)term->data;
  char         option[256];

  PetscFunctionBegin;
  PetscCall(PetscFree(w->spectrum));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  if (w->expression) PetscCall(FieldFunctionCreate(term->energy->grid, option, w->expression, NULL, &w->W.function));
  w->W.pole = PETSC_MAX_REAL;
  if (!w->convolution) PetscCall(ConvolutionGet(term->energy->grid, &w->convolution));
  PetscCall(ConvolutionTransformKernel(w->convolution, InteractionValue, &w->W, w->coefficient, &w->spectrum));
  PetscCall(FieldFunctionDestroy(&w->W.function));
  PetscCall(InteractionCheckPole(term));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest |W| and |W(x) - W(-x)| at displacements x between cells of this rank and the first; on a ring up to half of it. */
static PetscErrorCode InteractionMeasureOdd(EnergyTerm term, const PetscInt start[3], const PetscInt width[3], PetscReal most[2])
{
  Interaction *w = (Interaction *)term->data;
  PetscReal    h[3];
  PetscInt     n[3], dim;
  GridBoundary boundary[3];

  PetscFunctionBegin;
  PetscCall(GridGetSpacing(term->energy->grid, h));
  PetscCall(GridGetSizes(term->energy->grid, n));
  PetscCall(GridGetDimension(term->energy->grid, &dim));
  PetscCall(GridGetBoundary(term->energy->grid, boundary));
  for (PetscInt a = 0; a < dim; a++)
    if (boundary[a] == GRID_PERIODIC) n[a] = n[a] / 2;
  for (PetscInt k = start[2]; k < PetscMin(start[2] + width[2], n[2]); k++)
    for (PetscInt j = start[1]; j < PetscMin(start[1] + width[1], n[1]); j++)
      for (PetscInt i = start[0]; i < PetscMin(start[0] + width[0], n[0]); i++)
        for (int corner = 0; corner < 1 << (dim - 1); corner++) {
          const PetscReal x[3]  = {(PetscReal)i * h[0], (corner & 1 ? -1 : 1) * (PetscReal)j * h[1],
                                   (corner & 2 ? -1 : 1) * (PetscReal)k * h[2]};
          const PetscReal y[3]  = {-x[0], -x[1], -x[2]};
          PetscReal       there = 0, back = 0;

          PetscCall(InteractionValue(&w->W, x, &there));
          PetscCall(InteractionValue(&w->W, y, &back));
          most[0] = PetscMax(most[0], PetscAbsReal(there));
          most[1] = PetscMax(most[1], PetscAbsReal(there - back));
        }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses a W with an odd part: it has no effect on the energy of one density, and between species W * rho would differ for the two.
   Collective. */
static PetscErrorCode InteractionCheckEven(EnergyTerm term)
{
  Interaction *w = (Interaction *)term->data;
  PetscInt     start[3], width[3];
  PetscReal    most[2] = {0, 0};
  char         option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(!term->with[0] || term->energy->whole, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s_with is for several species: give -species, or leave it out", option);
  if (!w->expression) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldFunctionCreate(term->energy->grid, option, w->expression, NULL, &w->W.function));
  PetscCall(GridGetCorners(term->energy->grid, start, width));
  PetscCall(InteractionMeasureOdd(term, start, width, most));
  PetscCall(FieldFunctionDestroy(&w->W.function));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)term)));
  PetscCheck(
      !(most[1] > INTERACTION_EVEN * most[0]), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
      "%s: W(x) and W(-x) differ by up to %.3g, where W is up to %.3g; only an even W is the interaction of an energy: give its even "
      "part, or a function of r",
      option, (double)most[1], (double)most[0]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Interaction(EnergyTerm term)
{
  Interaction *w    = (Interaction *)term->data;
  const Grid   grid = term->energy->grid;
  GridBoundary boundary[3];
  char         option[256];

  PetscFunctionBegin;
  if (w->ready) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(InteractionCheckEven(term));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(w->expression || w->chosen, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s is missing: give W as an expression of the displacement x, y, z, r, or by name with %s_kernel", option, option);
  PetscCall(GridGetDimension(grid, &w->W.dim));
  PetscCall(GridGetSpacing(grid, w->W.h));
  PetscCall(GridGetBoundary(grid, boundary));
  PetscCheck(!w->chosen || w->W.kernel != INTERACTION_POWER || PetscMin(w->W.exponent[0], w->W.exponent[1]) > -(PetscReal)w->W.dim,
             PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s_exponents: %.6g,%.6g given; in %" PetscInt_FMT "-D both are above %" PetscInt_FMT, option, (double)w->W.exponent[0],
             (double)w->W.exponent[1], w->W.dim, -w->W.dim);
  w->moments = (PetscBool)(w->chosen && w->W.kernel == INTERACTION_QUADRATIC);
  for (PetscInt a = 0; a < w->W.dim; a++)
    if (boundary[a] != GRID_NOFLUX) w->moments = PETSC_FALSE;
  if (!w->field) PetscCall(PetscCalloc2(term->energy->n, &w->field, term->energy->n, &w->u));
  w->known = PETSC_FALSE;
  if (!w->moments) PetscCall(InteractionTransform(term));
  term->costly = (PetscBool)!w->moments;
  w->ready     = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Interaction(EnergyTerm term, PetscViewer viewer)
{
  const Interaction *w = (const Interaction *)term->data;
  char               formula[256];

  PetscFunctionBegin;
  PetscCall(InteractionFormula(&w->W, formula, sizeof formula));
  PetscCall(PetscViewerASCIIPrintf(viewer, "W = %.6g (%s), %s, W * rho by %s\n", (double)w->coefficient,
                                   w->expression ? w->expression : formula, term->lagged ? "explicit" : "implicit",
                                   w->moments ? "moments" : "FFT"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A term with a name of its own lends it to its W. */
static PetscErrorCode EnergyEquation_Interaction(EnergyTerm term, char text[], size_t length)
{
  PetscBool unnamed;
  char      other[96] = "rho";

  PetscFunctionBegin;
  PetscCall(PetscStrcmp(((PetscObject)term)->name, ENERGYINTERACTION, &unnamed));
  if (term->with[0]) PetscCall(PetscSNPrintf(other, sizeof other, "that of %s", term->with));
  PetscCall(PetscSNPrintf(text, length, "div(rho grad(%s * %s))", unnamed ? "W" : ((PetscObject)term)->name, other));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Interaction(EnergyTerm term)
{
  Interaction *w = (Interaction *)term->data;

  PetscFunctionBegin;
  PetscCall(PetscFree(w->expression));
  PetscCall(PetscFree(w->spectrum));
  PetscCall(PetscFree2(w->field, w->u));
  PetscCall(ConvolutionDestroy(&w->convolution));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Interaction(EnergyTerm term, EnergyTerm coarse)
{
  const Interaction *from = (const Interaction *)term->data;
  Interaction       *to   = (Interaction *)coarse->data;

  PetscFunctionBegin;
  to->W           = from->W;
  to->chosen      = from->chosen;
  to->coefficient = from->coefficient;
  coarse->lagged  = term->lagged;
  PetscCall(PetscStrallocpy(from->expression, &to->expression));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyInteractionSetExpression - W as an expression of the displacement x, y, z, with r = |(x,y,z)|. Copied.

  Logically collective. Errors, at EnergySetUp(): what is not an expression, or not finite at a displacement between cells.
@*/
PetscErrorCode EnergyInteractionSetExpression(EnergyTerm term, const char expression[])
{
  Interaction *w = (Interaction *)term->data;

  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  PetscCall(PetscFree(w->expression));
  PetscCall(PetscStrallocpy(expression, &w->expression));
  w->chosen = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyInteractionSetKernel - W by name: quadratic, power, gaussian, morse, newtonian or log.

  Logically collective. Errors: another name.
@*/
PetscErrorCode EnergyInteractionSetKernel(EnergyTerm term, const char name[])
{
  Interaction *w = (Interaction *)term->data;
  char         option[256];

  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  w->chosen = PETSC_FALSE;
  for (PetscInt k = 0; k < INTERACTION_KERNELS; k++) {
    PetscBool same;

    PetscCall(PetscStrcmp(name, InteractionKernels[k], &same));
    if (!same) continue;
    w->W.kernel = (InteractionKernel)k;
    w->chosen   = PETSC_TRUE;
  }
  PetscCall(EnergyTermOptionInFull(term, "_kernel", option, sizeof option));
  PetscCheck(w->chosen, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: '%s' is not known; use quadratic, power, gaussian, morse, newtonian or log", option, name);
  PetscCall(PetscFree(w->expression));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyInteractionSetCoefficient - a factor of W, of any sign (default 1). Logically collective. Errors: not finite. @*/
PetscErrorCode EnergyInteractionSetCoefficient(EnergyTerm term, PetscReal coefficient)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  PetscCall(EnergyTermOptionInFull(term, "_coefficient", option, sizeof option));
  PetscCheck(!PetscIsInfOrNanReal(coefficient), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT, "%s: %.6g given; it is finite", option,
             (double)coefficient);
  ((Interaction *)term->data)->coefficient = coefficient;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyInteractionSetExponents - a > b of the kernel power, W = r^a/a - r^b/b, where r^0/0 is log r (default 2, 0).

  Logically collective. Errors: not in this order; at EnergySetUp(), an exponent that is not above -dimension.
@*/
PetscErrorCode EnergyInteractionSetExponents(EnergyTerm term, PetscReal a, PetscReal b)
{
  Interaction *w = (Interaction *)term->data;
  char         option[256];

  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  PetscCall(EnergyTermOptionInFull(term, "_exponents", option, sizeof option));
  PetscCheck(a > b && !PetscIsInfOrNanReal(a - b), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: %.6g,%.6g given; the first, of the attraction, is larger than the second, of the repulsion", option, (double)a,
             (double)b);
  w->W.exponent[0] = a;
  w->W.exponent[1] = b;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode InteractionSetPositive(EnergyTerm term, const char suffix[], PetscReal value, PetscReal *parameter)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  PetscCall(EnergyTermOptionInFull(term, suffix, option, sizeof option));
  PetscCheck(value > 0 && !PetscIsInfOrNanReal(value), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: %.6g given; it is positive and finite", option, (double)value);
  *parameter = value;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyInteractionSetLength - s of the kernels gaussian and morse (default 1). Logically collective. Errors: not positive. @*/
PetscErrorCode EnergyInteractionSetLength(EnergyTerm term, PetscReal length)
{
  PetscFunctionBegin;
  PetscCall(InteractionSetPositive(term, "_length", length, &((Interaction *)term->data)->W.length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyInteractionSetMorse - strength C and range l of the repulsion of the kernel morse, those of the attraction being 1 (default 2, 0.5).

  Logically collective. Errors: not positive.
@*/
PetscErrorCode EnergyInteractionSetMorse(EnergyTerm term, PetscReal repulsion, PetscReal range)
{
  Interaction *w = (Interaction *)term->data;

  PetscFunctionBegin;
  PetscCall(InteractionSetPositive(term, "_repulsion", repulsion, &w->W.repulsion));
  PetscCall(InteractionSetPositive(term, "_range", range, &w->W.range));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyInteractionSetTreatment - implicit (default): W * rho of the new density; explicit: of rho_k, frozen for the step.

  Logically collective. Errors: another name.
@*/
PetscErrorCode EnergyInteractionSetTreatment(EnergyTerm term, const char treatment[])
{
  PetscBool implicit, lagged;
  char      option[256];

  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  PetscCall(PetscStrcmp(treatment, "implicit", &implicit));
  PetscCall(PetscStrcmp(treatment, "explicit", &lagged));
  PetscCall(EnergyTermOptionInFull(term, "_treatment", option, sizeof option));
  PetscCheck(implicit || lagged, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT, "%s: '%s' is not known; use implicit or explicit",
             option, treatment);
  term->lagged = lagged;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyInteractionSetPartner - the name of another species that W acts between, int int W(x - y) rho_a(x) rho_b(y); it stands in the energy
  of one of the two, EnergyGetSpeciesEnergy(), and acts on both.

  Logically collective. Copied. Errors, at EnergySetUp(): no such species, a W that is not even.
@*/
PetscErrorCode EnergyInteractionSetPartner(EnergyTerm term, const char species[])
{
  PetscFunctionBegin;
  PetscCall(InteractionChange(term));
  PetscCall(PetscStrncpy(term->with, species, sizeof term->with));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Interaction(EnergyTerm term)
{
  Interaction *w;

  PetscFunctionBegin;
  PetscCall(PetscNew(&w));
  w->coefficient            = 1;
  w->W                      = (InteractionFunction){.exponent = {2, 0}, .length = 1, .repulsion = 2, .range = 0.5};
  term->degree              = 2;
  term->data                = w;
  term->options             = InteractionOptions;
  term->words               = "aggregation nonlocal convolution attraction repulsion keller_segel mckean chemotaxis self_interaction";
  term->ops->setfromoptions = EnergySetFromOptions_Interaction;
  term->ops->setup          = EnergySetUp_Interaction;
  term->ops->view           = EnergyView_Interaction;
  term->ops->destroy        = EnergyDestroy_Interaction;
  term->ops->affine         = EnergyAffine_Interaction;
  term->ops->density        = EnergyDensity_Interaction;
  term->ops->refresh        = EnergyRefresh_Interaction;
  term->ops->coarsen        = EnergyCoarsen_Interaction;
  term->ops->equation       = EnergyEquation_Interaction;
  PetscFunctionReturn(PETSC_SUCCESS);
}
