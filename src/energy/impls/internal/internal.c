/* Internal energy of the user's own,  F = int c U(rho),  F' = c U'(rho),  U' an expression of rho that does not decrease,  U(0) = 0:

     d/dt rho = div(rho grad(c U'(rho))),   displacement-convex where U is as McCann (Adv. Math. 128, 1997) asks for.

   U' is tabulated in u = log rho (table.c), from rho = e^-64 to e^64 or to where it stops being finite: that density is a bound then, as
   U is infinite beyond. What the table is off by, between its nodes, is measured at set-up and told by the view. In the sense of

     U(rho) = rho U'(rho) - int_{-inf}^u e^v dF'/dv dv

   its integral is closed. What depends on place enters by c, or by several such terms. */
#include <math.h>
#include <jko/field.h>
#include <jko/private/energyimpl.h>
#include "table.h"

#define INTERNAL_ROUND   1e-10 /* relative: less is no decrease */
#define INTERNAL_MOST    1e140 /* more counts as infinite */
#define INTERNAL_REACHED 30    /* u that no density exceeds: a table that goes on from there needs no bound */
#define INTERNAL_OFF     1e-2  /* of the change of U' over a factor e: the most that the table may be off by */

typedef struct {
  /* parameters */
  char       *expression; /* U' */
  EnergyField c;
  /* set up */
  Table     table;
  PetscReal off;     /* what the table is off by, over the change of U' over a factor e */
  PetscBool bounded; /* U' is not finite above the table */
} Internal;

static void EnergyVariation_Internal(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[],
                                     PetscReal d2f[])
{
  const Internal *in = (const Internal *)term->data;
  EnergyArray     c;

  EnergyFieldChunk(&in->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    PetscReal value, slope, bend;

    TableValue(&in->table, u[i], &value, &slope, &bend);
    f[i] += c[i] * value;
    df[i] += c[i] * slope;
    d2f[i] += c[i] * bend;
  }
}

/* The root of  b + a u + c f(u),  by bisection: between 0 and what is found by doubling. */
static PetscReal InternalRoot(const Internal *in, PetscReal a, PetscReal b, PetscReal c, PetscReal error)
{
  PetscReal start = -b / a, lower = start, upper = start, f, slope, bend, length = 1;

  TableValue(&in->table, start, &f, &slope, &bend);
  if (c * f > 0) do
      lower = start - (length *= 2), TableValue(&in->table, lower, &f, &slope, &bend);
    while (b + a * lower + c * f > 0 && length < 1e18);
  else
    do upper = start + (length *= 2), TableValue(&in->table, upper, &f, &slope, &bend);
    while (b + a * upper + c * f < 0 && length < 1e18);
  for (int it = 0; it < 120 && upper - lower > error; it++) {
    const PetscReal middle = (lower + upper) / 2;

    TableValue(&in->table, middle, &f, &slope, &bend);
    if (b + a * middle + c * f > 0)
      upper = middle;
    else
      lower = middle;
  }
  return (lower + upper) / 2;
}

static void EnergyRoot_Internal(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[],
                                const PetscReal slope[], PetscReal u[])
{
  const Internal *in = (const Internal *)term->data;
  EnergyArray     c;

  EnergyFieldChunk(&in->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) u[i] = InternalRoot(in, slope[i], offset[i], lambda * c[i], (PetscReal)0.1 / term->rate);
}

static void EnergyDensity_Internal(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const Internal *in = (const Internal *)term->data;
  EnergyArray     c;

  EnergyFieldChunk(&in->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    PetscReal f, slope, bend;

    if (!(rho[i] > 0)) continue;
    TableValue(&in->table, u[i], &f, &slope, &bend);
    e[i] += c[i] * (rho[i] * f - TableIntegral(&in->table, u[i]));
  }
}

static void EnergyBound_Internal(EnergyTerm term, PetscInt first, PetscInt n, PetscReal upper[])
{
  const PetscReal most = ((const Internal *)term->data)->table.upper;

  (void)first;
  for (PetscInt i = 0; i < n; i++) upper[i] = most < upper[i] ? most : upper[i];
}

static PetscErrorCode EnergyAdmit_Internal(EnergyTerm term, Vec u)
{
  const Internal *in = (const Internal *)term->data;
  PetscReal       highest;
  char            option[256];

  PetscFunctionBegin;
  PetscCall(VecMax(u, NULL, &highest));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(!in->bounded || highest <= in->table.upper + 1e-12, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: '%s' is finite up to rho = %g only, but the initial density reaches %g", option, in->expression,
             (double)PetscExpReal(in->table.upper), (double)PetscExpReal(highest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* U' at the nodes, and the range of nodes around rho = 1, or the lowest below it, where it is finite. */
static PetscErrorCode InternalTabulate(EnergyTerm term, const char option[], PetscReal values[], PetscInt *first, PetscInt *last)
{
  const Internal *in   = (const Internal *)term->data;
  const MPI_Comm  comm = PetscObjectComm((PetscObject)term);
  PetscReal      *rho;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(TABLE_NODES, &rho));
  for (PetscInt j = 0; j < TABLE_NODES; j++) rho[j] = PetscExpReal(TableNode((PetscReal)j));
  PetscCall(FieldTabulate(comm, option, in->expression, "rho", TABLE_NODES, rho, values));
  PetscCall(PetscFree(rho));
  for (*first = 0; *first < TABLE_NODES && !(PetscAbsReal(values[*first]) < INTERNAL_MOST); ++*first) continue;
  for (*last = *first; *last + 1 < TABLE_NODES && PetscAbsReal(values[*last + 1]) < INTERNAL_MOST; ++*last) continue;
  PetscCheck(*first <= TABLE_INTERVALS * (TABLE_SPAN - 20) && *last - *first > 2 * TABLE_INTERVALS, comm, JKO_ERR_INPUT,
             "%s: '%s' is not finite for small densities; it must be for all from 0 up to some bound", option, in->expression);
  for (PetscInt j = *first; j < *last; j++)
    PetscCheck(values[j + 1] >= values[j] - INTERNAL_ROUND * PetscAbsReal(values[j]), comm, JKO_ERR_INPUT,
               "%s: '%s' falls from %g at rho = %g to %g at rho = %g; it is U'(rho), which must not decrease", option, in->expression,
               (double)values[j], (double)PetscExpReal(TableNode((PetscReal)j)), (double)values[j + 1],
               (double)PetscExpReal(TableNode((PetscReal)j + 1)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The table against U' at three places in each interval. */
static PetscErrorCode InternalMeasure(EnergyTerm term, const char option[], PetscInt first, PetscInt last)
{
  Internal      *in = (Internal *)term->data;
  const PetscInt n  = 4 * (last - first);
  PetscReal     *rho, *exact, above, below, slope, bend, f;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n, &rho, n, &exact));
  for (PetscInt j = 0; j < n; j++) rho[j] = PetscExpReal(TableNode((PetscReal)first + 0.25 * (PetscReal)j));
  PetscCall(FieldTabulate(PetscObjectComm((PetscObject)term), option, in->expression, "rho", n, rho, exact));
  in->off = 0;
  for (PetscInt j = 0; j < n; j++) {
    const PetscReal u = TableNode((PetscReal)first + 0.25 * (PetscReal)j);

    TableValue(&in->table, u, &f, &slope, &bend);
    TableValue(&in->table, PetscMin(u + 0.5, in->table.upper), &above, &slope, &bend);
    TableValue(&in->table, PetscMax(u - 0.5, in->table.lower), &below, &slope, &bend);
    above = above - below + INTERNAL_ROUND * (PetscAbsReal(exact[j]) + 1);
    if (PetscAbsReal(f - exact[j]) > in->off * above) in->off = PetscAbsReal(f - exact[j]) / above;
  }
  PetscCall(PetscFree2(rho, exact));
  PetscCheck(in->off <= INTERNAL_OFF, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: '%s' varies too fast to be tabulated in log rho at a distance of 1/%d: off by %g of its change over a factor e", option,
             in->expression, TABLE_INTERVALS, (double)in->off);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Internal(EnergyTerm term)
{
  Internal  *in    = (Internal *)term->data;
  PetscInt   first = 0, last = 0;
  PetscReal *values;
  char       option[256];

  PetscFunctionBegin;
  PetscCall(EnergyFieldSetUp(term, "_coefficient", "coefficient", 0, &in->c));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(in->expression, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s is missing: give U'(rho), the derivative of the energy density, as an expression of rho", option);
  if (!in->table.f) {
    PetscCall(PetscMalloc1(TABLE_NODES, &values));
    PetscCall(InternalTabulate(term, option, values, &first, &last));
    PetscCall(TableCreate(first, last, values, &in->table));
    PetscCall(PetscFree(values));
    PetscCheck(in->table.k[0] > -0.999, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
               "%s: '%s' falls like rho^%g or faster as rho tends to 0, where U(0) is infinite; for -1/rho use a divergence", option,
               in->expression, (double)in->table.k[0]);
    PetscCall(InternalMeasure(term, option, first, last));
    in->bounded = (PetscBool)(last < TABLE_NODES - 1 && in->table.upper < INTERNAL_REACHED);
  }
  term->rate       = in->table.rate;
  term->ops->bound = in->bounded ? EnergyBound_Internal : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetFromOptions_Internal(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  Internal *in = (Internal *)term->data;
  char      option[256], expression[4096];
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(EnergyTermOption(term, "", option, sizeof option));
  PetscCall(PetscOptionsString(option, "U'(rho) in F = int c U(rho), an expression in rho that does not decrease",
                               "EnergyInternalSetDerivative", in->expression ? in->expression : "", expression, sizeof expression, &set));
  if (set) PetscCall(EnergyInternalSetDerivative(term, expression));
  PetscCall(EnergyFieldFromOption(term, PetscOptionsObject, "_coefficient", "c in F = int c U(rho)", "EnergyInternalSetCoefficient",
                                  EnergyInternalSetCoefficient, &in->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Internal(EnergyTerm term, PetscViewer viewer)
{
  const Internal *in = (const Internal *)term->data;
  char            c[512];

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&in->c, c, sizeof c));
  PetscCall(PetscViewerASCIIPrintf(viewer, "U' = %s, coefficient %s, tabulated to %.1e of its change over a factor e",
                                   in->expression ? in->expression : "", c, (double)in->off));
  if (in->bounded) PetscCall(PetscViewerASCIIPrintf(viewer, ", finite up to rho = %g", (double)PetscExpReal(in->table.upper)));
  PetscCall(PetscViewerASCIIPrintf(viewer, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Internal(EnergyTerm term, char text[], size_t length)
{
  const Internal *in = (const Internal *)term->data;
  char            coefficient[64];

  PetscFunctionBegin;
  PetscCall(EnergyTermCoefficientText(in->c.number, coefficient, sizeof coefficient));
  PetscCall(PetscSNPrintf(text, length, "%sdiv(rho grad(%s%s))", EnergyFieldIsNumber(&in->c) ? coefficient : "",
                          EnergyFieldIsNumber(&in->c) ? "" : "c(x) ", in->expression ? in->expression : "U'(rho)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Internal(EnergyTerm term)
{
  Internal *in = (Internal *)term->data;

  PetscFunctionBegin;
  PetscCall(TableDestroy(&in->table));
  PetscCall(PetscFree(in->expression));
  PetscCall(EnergyFieldDestroy(&in->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyInternalSetDerivative - U'(rho) in F = int c U(rho), an expression in rho that does not decrease, "rho + rho^2/2", say.

  Logically collective. Errors, at EnergySetUp(): no expression, one that decreases or is not finite for small rho.
@*/
PetscErrorCode EnergyInternalSetDerivative(EnergyTerm term, const char expression[])
{
  Internal *in;

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYINTERNAL));
  in = (Internal *)term->data;
  PetscCall(TableDestroy(&in->table));
  PetscCall(PetscFree(in->expression));
  PetscCall(PetscStrallocpy(expression, &in->expression));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyInternalSetCoefficient - c in F = int c U(rho) (default 1). Logically collective. Errors: negative or infinite. @*/
PetscErrorCode EnergyInternalSetCoefficient(EnergyTerm term, PetscReal coefficient)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetNumber(term, ENERGYINTERNAL, "_coefficient", coefficient, &((Internal *)term->data)->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Internal(EnergyTerm term, EnergyTerm coarse)
{
  const Internal *in = (const Internal *)term->data;

  PetscFunctionBegin;
  PetscCall(EnergyInternalSetDerivative(coarse, in->expression));
  PetscCall(EnergyFieldCopy(term, &in->c, coarse, &((Internal *)coarse->data)->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Internal(EnergyTerm term)
{
  Internal *in;

  PetscFunctionBegin;
  PetscCall(PetscNew(&in));
  in->c.number              = 1;
  term->data                = in;
  term->ops->setfromoptions = EnergySetFromOptions_Internal;
  term->ops->setup          = EnergySetUp_Internal;
  term->ops->view           = EnergyView_Internal;
  term->ops->destroy        = EnergyDestroy_Internal;
  term->ops->variation      = EnergyVariation_Internal;
  term->ops->root           = EnergyRoot_Internal;
  term->ops->density        = EnergyDensity_Internal;
  term->ops->admit          = EnergyAdmit_Internal;
  term->ops->coarsen        = EnergyCoarsen_Internal;
  term->ops->equation       = EnergyEquation_Internal;
  PetscFunctionReturn(PETSC_SUCCESS);
}
