/* U'(rho; x, y, z): in every cell the interpolant of table.c, of which only the intervals that the density visits are made, from U' at the
   nodes around. They depend on nothing else, so that the two a cell keeps, of an even and an odd number, only save time.

     U(rho) = int_0^rho U'(s) ds  by the double exponential rule (Takahasi, Mori, Publ. RIMS 9, 1974),  s = rho/(1 + e^(-pi sinh y)),

   which takes a logarithm or a power above -PLACE_SINGULAR at 0 as it comes. At set-up U' is looked at in every cell at each factor e of
   rho, in some of them between all nodes. */
#include <math.h>
#include "place.h"

#define PLACE_MOST     1e140 /* more counts as infinite */
#define PLACE_ROUND    1e-10 /* relative: less is no decrease */
#define PLACE_SINGULAR 0.9
#define PLACE_REACHED  30 /* u that no density exceeds */
#define PLACE_SMALL    20 /* U' has to be finite from rho = e^-this */
#define PLACE_LOOKED   8  /* cells of the grid that are looked at closely */
#define PLACE_STEP     0.125
#define PLACE_POINTS   68 /* from y = -5.2 to 3.2 */

/* An interval, by the number of its first node; -1: none. */
typedef struct {
  PetscInt  node;
  TableHalf half[2];
} PlacePiece;

struct _n_Place {
  FieldFunction function;
  Grid          grid;
  PetscInt      n, width[3];
  PetscReal    *x[3];    /* centres along each axis */
  PetscInt (*range)[2];  /* of each cell: first and last node at which U' is finite */
  PlacePiece (*kept)[2]; /* of each cell */
  PetscBool bounded;     /* somewhere */
  PetscReal off;
  PetscReal shrink[PLACE_POINTS], weight[PLACE_POINTS]; /* log(s/rho) and the weight of each point */
};

/* Why a cell has no energy. */
typedef enum { PLACE_FINE, PLACE_INFINITE, PLACE_FALLS, PLACE_POLE } PlaceReason;
typedef struct {
  PlaceReason reason;
  PetscReal   u[2], value[2]; /* between which U' falls; value[0] the power of PLACE_POLE */
} PlaceFault;

PetscReal PlaceExact(Place p, PetscInt cell, PetscReal u)
{
  const PetscInt *w    = p->width;
  const PetscReal x[3] = {p->x[0][cell % w[0]], p->x[1][cell / w[0] % w[1]], p->x[2][cell / (w[0] * w[1])]};
  const PetscReal rho  = PetscExpReal(u);

  return FieldFunctionValue(p->function, x, rho);
}

static void PlaceMake(Place p, PetscInt cell, PetscInt node, PlacePiece *piece)
{
  const PetscInt first = PetscMax(node - 3, p->range[cell][0]), last = PetscMin(node + 3, p->range[cell][1]);
  PetscReal      value[TABLE_WINDOW];

  for (PetscInt j = first; j <= last; j++) value[j - first] = PlaceExact(p, cell, TableNode((PetscReal)j));
  TableInterval(last - first + 1, value, node - first, piece->half);
  piece->node = node;
}

const TableHalf *PlaceFind(Place p, PetscInt cell, PetscReal u, PetscReal *s)
{
  const PetscReal at =
      PetscClipInterval((u + TABLE_SPAN) * TABLE_INTERVALS, (PetscReal)p->range[cell][0], (PetscReal)p->range[cell][1] - 1);
  const PetscInt node  = at == at ? (PetscInt)at : p->range[cell][0];
  PlacePiece    *piece = &p->kept[cell][node & 1];
  PetscInt       second;

  if (piece->node != node) PlaceMake(p, cell, node, piece);
  *s     = u - TableNode((PetscReal)node);
  second = *s >= TABLE_HALF;
  *s -= second ? TABLE_HALF : 0;
  return &piece->half[second];
}

PetscReal PlaceBound(Place p, PetscInt cell)
{
  const PetscReal u = TableNode((PetscReal)p->range[cell][1]);

  return p->range[cell][1] < TABLE_NODES - 1 && u < PLACE_REACHED ? u : (PetscReal)INFINITY;
}

PetscReal PlaceIntegral(Place p, PetscInt cell, PetscReal u)
{
  const PetscReal most = TableNode((PetscReal)p->range[cell][1]);
  PetscReal       sum  = 0;

  for (PetscInt i = 0; i < PLACE_POINTS; i++) {
    const PetscReal value = PlaceExact(p, cell, PetscMin(u + p->shrink[i], most));

    if (PetscAbsReal(value) < PLACE_MOST) sum += p->weight[i] * value; /* else rho underflows */
  }
  return PetscExpReal(u) * sum;
}

PetscReal PlaceBelow(Place p, PetscInt cell, PetscReal a, PetscReal b, PetscReal c)
{
  PetscInt low = p->range[cell][0], high = p->range[cell][1];

  while (high - low > 1) {
    const PetscInt  middle = (low + high) / 2;
    const PetscReal u      = TableNode((PetscReal)middle);

    if (b + a * u + c * PlaceExact(p, cell, u) > 0)
      high = middle;
    else
      low = middle;
  }
  return TableNode((PetscReal)low);
}

PetscReal PlaceOff(Place p)
{
  return p->off;
}

PetscBool PlaceIsBounded(Place p)
{
  return p->bounded;
}

static PetscBool PlaceIsFinite(Place p, PetscInt cell, PetscInt node, PetscReal *value)
{
  *value = PlaceExact(p, cell, TableNode((PetscReal)node));
  return (PetscBool)(PetscAbsReal(*value) < PLACE_MOST);
}

/* The last node at which U' is finite: it is at `last`, and not at the next of the coarse ones. */
static PetscInt PlaceLast(Place p, PetscInt cell, PetscInt last)
{
  PetscReal value;

  for (PetscInt step = TABLE_INTERVALS / 2; step; step /= 2)
    if (PlaceIsFinite(p, cell, last + step, &value)) last += step;
  return last;
}

/* The range of a cell, and what is wrong there, as far as `step` nodes at a time tell. */
static PlaceFault PlaceLook(Place p, PetscInt cell, PetscInt step)
{
  PetscInt   first = 0, last;
  PetscReal  value = 0, v[3] = {0};
  PlaceFault fault = {.reason = PLACE_FINE};

  while (first < TABLE_NODES && !PlaceIsFinite(p, cell, first, &value)) first += step;
  if (first > (TABLE_SPAN - PLACE_SMALL) * TABLE_INTERVALS) return (PlaceFault){.reason = PLACE_INFINITE};
  for (v[1] = value, last = first; last + step < TABLE_NODES && PlaceIsFinite(p, cell, last + step, &v[2]); last += step) {
    if (v[2] < v[1] - PLACE_ROUND * PetscAbsReal(v[1]))
      return (PlaceFault){PLACE_FALLS, {TableNode((PetscReal)last), TableNode((PetscReal)(last + step))}, {v[1], v[2]}};
    if (last == first) v[0] = v[2] - v[1];
    if (last == first + step && v[0] > PLACE_ROUND * PetscAbsReal(v[1])) {
      const PetscReal power = PetscLogReal((v[2] - v[1]) / v[0]) * TABLE_INTERVALS / (PetscReal)step;

      if (!(power > -PLACE_SINGULAR)) fault = (PlaceFault){.reason = PLACE_POLE, .value = {power}};
    }
    v[1] = v[2];
  }
  if (last - first < 2 * TABLE_INTERVALS) return (PlaceFault){.reason = PLACE_INFINITE};
  p->range[cell][0] = first;
  p->range[cell][1] = last + step < TABLE_NODES && step == TABLE_INTERVALS ? PlaceLast(p, cell, last) : last;
  if (PlaceBound(p, cell) < PETSC_MAX_REAL) p->bounded = PETSC_TRUE;
  return fault;
}

/* The number in the whole grid of a cell of this rank. */
static PetscErrorCode PlaceNumber(Place p, PetscInt cell, PetscInt *number)
{
  const PetscInt *w = p->width;
  PetscInt        size[3], start[3];

  PetscFunctionBegin;
  PetscCall(GridGetSizes(p->grid, size));
  PetscCall(GridGetCorners(p->grid, start, NULL));
  *number = start[0] + cell % w[0] + size[0] * (start[1] + cell / w[0] % w[1] + size[1] * (start[2] + cell / (w[0] * w[1])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says on all ranks alike what is wrong in the first cell of the grid where something is. */
static PetscErrorCode PlaceRefuse(Place p, const char option[], const char expression[], PetscInt number, const PlaceFault *fault)
{
  const MPI_Comm comm    = PetscObjectComm((PetscObject)p->grid);
  PetscReal      told[5] = {0};
  PetscInt       first, dim, size[3];
  char           place[128] = "";

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&number, &first, 1, MPIU_INT, MPI_MIN, comm));
  if (first == PETSC_MAX_INT) PetscFunctionReturn(PETSC_SUCCESS);
  if (number == first) {
    const PetscReal mine[5] = {(PetscReal)fault->reason, PetscExpReal(fault->u[0]), PetscExpReal(fault->u[1]), fault->value[0],
                               fault->value[1]};

    PetscCall(PetscArraycpy(told, mine, 5));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, told, 5, MPIU_REAL, MPIU_SUM, comm));
  PetscCall(GridGetDimension(p->grid, &dim));
  PetscCall(GridGetSizes(p->grid, size));
  for (PetscInt a = 0; a < dim; first /= size[a++]) {
    const size_t used = strlen(place);
    PetscReal    x;

    PetscCall(GridGetCentre(p->grid, a, first % size[a], &x));
    PetscCall(PetscSNPrintf(place + used, sizeof place - used, "%s%c = %g", a ? ", " : "", "xyz"[a], (double)x));
  }
  PetscCheck(told[0] != PLACE_INFINITE, comm, JKO_ERR_INPUT,
             "%s: at %s '%s' is not finite for small densities; it must be for all from 0 up to some bound", option, place, expression);
  PetscCheck(told[0] != PLACE_FALLS, comm, JKO_ERR_INPUT,
             "%s: at %s '%s' falls from %g at rho = %g to %g at rho = %g; it is U'(rho), which must not decrease", option, place,
             expression, (double)told[3], (double)told[1], (double)told[4], (double)told[2]);
  SETERRQ(comm, JKO_ERR_INPUT, "%s: at %s '%s' falls like rho^%.3g as rho tends to 0, where U(0) is infinite or, below -%g, not found",
          option, place, expression, (double)told[3], PLACE_SINGULAR);
}

/* The interpolant of a cell against U' at three places in each interval. */
static PetscReal PlaceMeasure(Place p, PetscInt cell)
{
  const PetscInt first = p->range[cell][0], last = p->range[cell][1];
  PetscReal      off = 0;

  for (PetscInt j = 4 * first; j < 4 * TableLastMet(last); j++) {
    const PetscReal  u = TableNode(0.25 * (PetscReal)j), exact = PlaceExact(p, cell, u);
    const PetscReal  above  = PlaceExact(p, cell, PetscMin(u + 0.5, TableNode((PetscReal)last)));
    const PetscReal  change = above - PlaceExact(p, cell, PetscMax(u - 0.5, TableNode((PetscReal)first)));
    PetscReal        s, f, slope, bend;
    const TableHalf *half = PlaceFind(p, cell, u, &s);

    TableValue(half, s, &f, &slope, &bend);
    off = PetscMax(off, PetscAbsReal(f - exact) / (change + PLACE_ROUND * (PetscAbsReal(exact) + 1)));
  }
  return off;
}

/* Looks at all cells, at some closely. */
static PetscErrorCode PlaceCheck(Place p, const char option[], const char expression[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)p->grid);
  PetscInt       size[3], number = 0, stride, bad = PETSC_MAX_INT;
  PlaceFault     fault = {.reason = PLACE_FINE}, found;

  PetscFunctionBegin;
  PetscCall(GridGetSizes(p->grid, size));
  stride = PetscMax(1, size[0] * size[1] * size[2] / PLACE_LOOKED);
  for (PetscInt cell = 0; cell < p->n; cell++) {
    PetscCall(PlaceNumber(p, cell, &number));
    found = PlaceLook(p, cell, TABLE_INTERVALS);
    if (!found.reason && number % stride == stride / 2) found = PlaceLook(p, cell, 1);
    if (!found.reason && number % stride == stride / 2) p->off = PetscMax(p->off, PlaceMeasure(p, cell));
    if (found.reason && number < bad) fault = found, bad = number;
  }
  PetscCall(PlaceRefuse(p, option, expression, bad, &fault));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &p->off, 1, MPIU_REAL, MPIU_MAX, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &p->bounded, 1, MPIU_BOOL, MPI_LOR, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* With s/rho = 1/(1 + e^-2v), 2v = pi sinh y:  d(s/rho)/dy = (s/rho) (1 - s/rho) pi cosh y. */
static void PlaceRule(Place p)
{
  for (PetscInt i = 0; i < PLACE_POINTS; i++) {
    const PetscReal y = PLACE_STEP * (PetscReal)i - 5.2, v = PETSC_PI * PetscSinhReal(y);
    const PetscReal t = 1 / (1 + PetscExpReal(-v));

    p->shrink[i] = -log1p(PetscExpReal(-v));
    p->weight[i] = PLACE_STEP * t / (1 + PetscExpReal(v)) * PETSC_PI * PetscCoshReal(y);
  }
}

PetscErrorCode PlaceCreate(Grid grid, const char option[], const char expression[], FieldFunction function, Place *place)
{
  Place    p;
  PetscInt start[3];

  PetscFunctionBegin;
  PetscCall(PetscNew(place));
  p           = *place;
  p->function = function;
  p->grid     = grid;
  PetscCall(GridGetCorners(grid, start, p->width));
  p->n = p->width[0] * p->width[1] * p->width[2];
  for (PetscInt a = 0; a < 3; a++) {
    PetscCall(PetscMalloc1(p->width[a], &p->x[a]));
    for (PetscInt i = 0; i < p->width[a]; i++) PetscCall(GridGetCentre(grid, a, start[a] + i, &p->x[a][i]));
  }
  PetscCall(PetscMalloc2(p->n, &p->range, p->n, &p->kept));
  for (PetscInt cell = 0; cell < p->n; cell++) p->kept[cell][0].node = p->kept[cell][1].node = -1;
  PlaceRule(p);
  PetscCall(PlaceCheck(p, option, expression));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PlaceDestroy(Place *place)
{
  PetscFunctionBegin;
  if (!*place) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldFunctionDestroy(&(*place)->function));
  for (PetscInt a = 0; a < 3; a++) PetscCall(PetscFree((*place)->x[a]));
  PetscCall(PetscFree2((*place)->range, (*place)->kept));
  PetscCall(PetscFree(*place));
  PetscFunctionReturn(PETSC_SUCCESS);
}
