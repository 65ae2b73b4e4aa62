/* Internal energy of the user's own,  F = int c U(rho; x),  F' = c U'(rho; x),  U' an expression of rho, x, y, z, r that does not decrease
   with rho,  U(0) = 0:

     d/dt rho = div(rho grad(c U'(rho; x))),   displacement-convex where U is as McCann (Adv. Math. 128, 1997) asks for.

   A U' of rho alone is tabulated in u = log rho (table.c), from rho = e^-64 to e^64 or to where it stops being finite: that density is a
   bound then, as U is infinite beyond. In the sense of

     U(rho) = rho U'(rho) - int_{-inf}^u e^v dF'/dv dv

   the table's integral is closed. One that varies with place has a table in every cell, made where it is needed (place.c). What tables are
   off by, between their nodes, is measured at set-up and told by the view. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include "place.h"
#include "table.h"

#define INTERNAL_ROUND   1e-10 /* relative: less is no decrease */
#define INTERNAL_MOST    1e140 /* more counts as infinite */
#define INTERNAL_REACHED 30    /* u that no density exceeds: a table that goes on from there needs no bound */
#define INTERNAL_OFF     1e-2  /* of the change of U' over a factor e: the most that the table may be off by */

typedef struct {
  /* parameters */
  char       *expression; /* U' */
  EnergyField c;
  PetscBool   coarse; /* a copy for a coarser grid, of what has been looked at */
  /* set up */
  PetscBool ready;
  Table     table;
  Place     place;   /* where U' varies */
  PetscReal off;     /* what the table is off by, over the change of U' over a factor e */
  PetscBool bounded; /* U' is not finite above the table */
} Internal;

/* U' and its derivatives in u in a cell. */
static inline void InternalValue(const Internal *in, PetscInt cell, PetscReal u, PetscReal *f, PetscReal *df, PetscReal *d2f)
{
  PetscReal        s;
  const TableHalf *half = in->place ? PlaceFind(in->place, cell, u, &s) : TableFind(&in->table, u, &s);

  TableValue(half, s, f, df, d2f);
}

static void EnergyVariation_Internal(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[],
                                     PetscReal d2f[])
{
  const Internal *in = (const Internal *)term->data;
  EnergyArray     c;

  EnergyFieldChunk(&in->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    PetscReal value, slope, bend;

    InternalValue(in, first + i, u[i], &value, &slope, &bend);
    f[i] += c[i] * value;
    df[i] += c[i] * slope;
    d2f[i] += c[i] * bend;
  }
}

/* The root of  b + a u + c f(u)  in a cell, by bisection: between a start, 0 of b + a u or a node, and what is found by doubling. */
static PetscReal InternalRoot(const Internal *in, PetscInt cell, PetscReal a, PetscReal b, PetscReal c, PetscReal error)
{
  const PetscReal start = in->place ? PlaceBelow(in->place, cell, a, b, c) : -b / a;
  PetscReal       lower = start, upper = start, f, slope, bend, length = in->place ? TABLE_HALF : 1;

  InternalValue(in, cell, start, &f, &slope, &bend);
  if (b + a * start + c * f > 0) do
      lower = start - (length *= 2), InternalValue(in, cell, lower, &f, &slope, &bend);
    while (b + a * lower + c * f > 0 && length < 1e18);
  else
    do upper = start + (length *= 2), InternalValue(in, cell, upper, &f, &slope, &bend);
    while (b + a * upper + c * f < 0 && length < 1e18);
  for (int it = 0; it < 120 && upper - lower > error; it++) {
    const PetscReal middle = (lower + upper) / 2;

    InternalValue(in, cell, middle, &f, &slope, &bend);
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
  for (PetscInt i = 0; i < n; i++) u[i] = InternalRoot(in, first + i, slope[i], offset[i], lambda * c[i], (PetscReal)0.1 / term->rate);
}

static void EnergyDensity_Internal(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const Internal *in = (const Internal *)term->data;
  EnergyArray     c;

  EnergyFieldChunk(&in->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    PetscReal f, slope, bend;

    if (!(rho[i] > 0)) continue;
    if (in->place) {
      e[i] += c[i] * PlaceIntegral(in->place, first + i, u[i]);
      continue;
    }
    InternalValue(in, first + i, u[i], &f, &slope, &bend);
    e[i] += c[i] * (rho[i] * f - TableIntegral(&in->table, u[i]));
  }
}

/* The logarithm of the highest density in a cell at which U' is finite. */
static inline PetscReal InternalBound(const Internal *in, PetscInt cell)
{
  return in->place ? PlaceBound(in->place, cell) : in->table.upper;
}

static void EnergyBound_Internal(EnergyTerm term, PetscInt first, PetscInt n, PetscReal upper[])
{
  const Internal *in = (const Internal *)term->data;

  for (PetscInt i = 0; i < n; i++) upper[i] = PetscMin(upper[i], InternalBound(in, first + i));
}

/* The pair of the rank whose first number is the largest, of two such ranks that of the larger second. */
static PetscErrorCode InternalWorst(MPI_Comm comm, PetscReal worst[2])
{
  PetscReal most, second;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&worst[0], &most, 1, MPIU_REAL, MPIU_MAX, comm));
  second = worst[0] == most ? worst[1] : -PETSC_MAX_REAL;
  PetscCallMPI(MPI_Allreduce(&second, &worst[1], 1, MPIU_REAL, MPIU_MAX, comm));
  worst[0] = most;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyAdmit_Internal(EnergyTerm term, Vec u)
{
  const Internal    *in       = (const Internal *)term->data;
  PetscReal          worst[2] = {0, 0}; /* how far u exceeds the bound, and u there */
  const PetscScalar *x;
  char               option[256];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt i = 0; in->bounded && i < term->energy->n; i++) {
    const PetscReal value = PetscRealPart(x[i]), excess = value - InternalBound(in, i);

    if (excess > worst[0]) worst[0] = excess, worst[1] = value;
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(InternalWorst(PetscObjectComm((PetscObject)term), worst));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(worst[0] <= 1e-12, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: '%s' is finite up to rho = %g only, but the initial density reaches %g", option, in->expression,
             (double)PetscExpReal(worst[1] - worst[0]), (double)PetscExpReal(worst[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* U' at the nodes, and the range of nodes around rho = 1, or the lowest below it, where it is finite. */
static PetscErrorCode InternalTabulate(EnergyTerm term, const char option[], FieldFunction function, PetscReal values[], PetscInt *first,
                                       PetscInt *last)
{
  const Internal *in        = (const Internal *)term->data;
  const MPI_Comm  comm      = PetscObjectComm((PetscObject)term);
  const PetscReal nowhere[] = {0, 0, 0};

  PetscFunctionBegin;
  for (PetscInt j = 0; j < TABLE_NODES; j++) values[j] = FieldFunctionValue(function, nowhere, PetscExpReal(TableNode((PetscReal)j)));
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

/* What the table is off by at three places in each interval, over the change of U' over a factor e. */
static PetscReal InternalMeasure(const Internal *in, FieldFunction function, PetscInt first, PetscInt last)
{
  const PetscReal nowhere[] = {0, 0, 0};
  PetscReal       off       = 0;

  for (PetscInt j = 4 * first; j < 4 * TableLastMet(last); j++) {
    const PetscReal u = TableNode(0.25 * (PetscReal)j), exact = FieldFunctionValue(function, nowhere, PetscExpReal(u));
    PetscReal       f, above, below, slope, bend;

    InternalValue(in, 0, u, &f, &slope, &bend);
    InternalValue(in, 0, PetscMin(u + 0.5, in->table.upper), &above, &slope, &bend);
    InternalValue(in, 0, PetscMax(u - 0.5, in->table.lower), &below, &slope, &bend);
    off = PetscMax(off, PetscAbsReal(f - exact) / (above - below + INTERNAL_ROUND * (PetscAbsReal(exact) + 1)));
  }
  return off;
}

/* The table of a U' that is the same everywhere. */
static PetscErrorCode InternalMakeTable(EnergyTerm term, const char option[], FieldFunction function)
{
  Internal  *in    = (Internal *)term->data;
  PetscInt   first = 0, last = 0;
  PetscReal *values;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(TABLE_NODES, &values));
  PetscCall(InternalTabulate(term, option, function, values, &first, &last));
  PetscCall(TableCreate(first, last, values, &in->table));
  PetscCall(PetscFree(values));
  PetscCheck(in->table.half[0].k > -0.999, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: '%s' falls like rho^%g or faster as rho tends to 0, where U(0) is infinite; for -1/rho use a divergence", option,
             in->expression, (double)in->table.half[0].k);
  in->off     = InternalMeasure(in, function, first, last);
  in->bounded = (PetscBool)(last < TABLE_NODES - 1 && in->table.upper < INTERNAL_REACHED);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode InternalDrop(Internal *in)
{
  PetscFunctionBegin;
  in->ready = PETSC_FALSE;
  PetscCall(TableDestroy(&in->table));
  PetscCall(PlaceDestroy(&in->place));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* U'(e) of a U' that varies in space, across periodic faces: U'(1) is 0 for a logarithm. */
static PetscErrorCode InternalCheckSeams(EnergyTerm term, const char option[], FieldFunction function)
{
  Vec at_e;

  PetscFunctionBegin;
  PetscCall(GridCreateVector(term->energy->grid, &at_e));
  PetscCall(FieldFunctionFill(function, term->energy->grid, PetscExpReal(1), at_e));
  PetscCall(FieldCheckSeams(term->energy->grid, option, "a step of the pressure", at_e));
  PetscCall(VecDestroy(&at_e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode InternalMake(EnergyTerm term, const char option[])
{
  Internal      *in   = (Internal *)term->data;
  const MPI_Comm comm = PetscObjectComm((PetscObject)term);
  FieldFunction  function;

  PetscFunctionBegin;
  PetscCall(InternalDrop(in));
  PetscCall(FieldFunctionCreate(term->energy->grid, option, in->expression, "rho", &function));
  if (FieldFunctionVaries(function)) {
    if (!in->coarse) PetscCall(InternalCheckSeams(term, option, function));
    PetscCall(PlaceCreate(term->energy->grid, option, in->expression, function, &in->place));
    in->off     = PlaceOff(in->place);
    in->bounded = PlaceIsBounded(in->place);
  } else {
    PetscCall(InternalMakeTable(term, option, function));
    PetscCall(FieldFunctionDestroy(&function));
  }
  PetscCheck(in->off <= INTERNAL_OFF, comm, JKO_ERR_INPUT,
             "%s: '%s' varies too fast to be tabulated in log rho at a distance of 1/%d: off by %g of its change over a factor e", option,
             in->expression, TABLE_INTERVALS, (double)in->off);
  in->ready = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Internal(EnergyTerm term)
{
  Internal *in = (Internal *)term->data;
  char      option[256];

  PetscFunctionBegin;
  PetscCall(EnergyFieldSetUp(term, "_coefficient", "coefficient", 0, &in->c));
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(in->expression, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s is missing: give U'(rho), the derivative of the energy density, as an expression of rho, x, y, z, r", option);
  if (!in->ready) PetscCall(InternalMake(term, option));
  term->rate       = in->place ? TABLE_STEEPEST : in->table.rate;
  term->ops->bound = in->bounded ? EnergyBound_Internal : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const JKOOption InternalOptions[] = {
    {"-", JKO_OPTION_EXPRESSION, JKO_OPTION_DEFINES, NULL, .words = "pressure", .setter = "EnergyInternalSetDerivative",
     .help = "U'(rho) in F = int c U(rho), an expression in rho, x, y, z, r that does not decrease with rho"},
    {"-_coefficient", JKO_OPTION_FIELD, JKO_OPTION_DEFINES, "1", .setter = "EnergyInternalSetCoefficient", .help = "c in F = int c U(rho)"},
    ENERGY_FIELD_INTERPOLATE("-_coefficient"),
    {NULL}};

static PetscErrorCode EnergySetFromOptions_Internal(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  Internal *in = (Internal *)term->data;
  char      expression[4096];
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, "-", expression, sizeof expression, &set));
  if (set) PetscCall(EnergyInternalSetDerivative(term, expression));
  PetscCall(EnergyFieldFromOption(term, PetscOptionsObject, "-_coefficient", EnergyInternalSetCoefficient, &in->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Internal(EnergyTerm term, PetscViewer viewer)
{
  const Internal *in = (const Internal *)term->data;
  char            c[512];

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&in->c, c, sizeof c));
  PetscCall(PetscViewerASCIIPrintf(viewer, "U' = %s, coefficient %s, tabulated %sto %.1e of its change over a factor e",
                                   in->expression ? in->expression : "", c, in->place ? "cell by cell " : "", (double)in->off));
  if (in->bounded && in->place) PetscCall(PetscViewerASCIIPrintf(viewer, ", finite up to a density that varies"));
  if (in->bounded && !in->place)
    PetscCall(PetscViewerASCIIPrintf(viewer, ", finite up to rho = %g", (double)PetscExpReal(in->table.upper)));
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
  PetscCall(InternalDrop(in));
  PetscCall(PetscFree(in->expression));
  PetscCall(EnergyFieldDestroy(&in->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyInternalSetDerivative - U'(rho) in F = int c U(rho), an expression in rho, and in x, y, z, r where it varies with place, that does
  not decrease with rho: "rho + rho^2/2" or "(1 + x^2)*log(rho)", say.

  Logically collective. Errors, at EnergySetUp(): no expression, one that decreases or is not finite for small rho.
@*/
PetscErrorCode EnergyInternalSetDerivative(EnergyTerm term, const char expression[])
{
  Internal *in;

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYINTERNAL));
  in = (Internal *)term->data;
  PetscCall(InternalDrop(in));
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
  const Internal *in   = (const Internal *)term->data;
  Internal       *copy = (Internal *)coarse->data;

  PetscFunctionBegin;
  copy->coarse = PETSC_TRUE;
  PetscCall(EnergyInternalSetDerivative(coarse, in->expression));
  PetscCall(EnergyFieldCopy(term, &in->c, coarse, &copy->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Internal(EnergyTerm term)
{
  Internal *in;

  PetscFunctionBegin;
  PetscCall(PetscNew(&in));
  in->c.number              = 1;
  term->data                = in;
  term->options             = InternalOptions;
  term->words               = "pressure custom";
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
