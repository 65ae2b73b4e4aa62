/* Densities that must not exceed kappa. The emitted b K^T a has the mass of rho_k but reaches the prox q, which keeps the bound, only up to
   the marginal residual; what lies above kappa is cut off and given to cells with room:

     r <- min(r, kappa),   then  r <- r + min(1, E/W) w,   E what is left to give,  W = sum of w,

   first with w = (q - r)+, to where the prox has more; then, should that not take all, in proportion to the room and the mass of a cell,
   w = min(kappa - r, r); then in proportion to the room alone. No w exceeds the room, so that no bound is exceeded, and all that was cut is
   given, since there is room for the mass: the bound is kept and the mass is exact, both to round-off. What moves is at most the
   marginal residual.

   Under a bound of the sum of species all are cut by the same factor, and what each of them lacks is given in the same way, the room of a
   cell shared in proportion to what they lack, or to what their prox has more. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>
#include <jko/private/vecmath.h>

#define BOUND_ROUND 1e-9 /* of the mass: more is not round-off */

typedef enum {
  ROOM_PROX,  /* up to the prox */
  ROOM_SHARE, /* at most as much again */
  ROOM_ALL,
  ROOM_STAGES
} RoomStage;

/* Of each species: what is left to give. Cuts cells at their bound; what was cut differs from it by the round-off of the emission. */
static PetscErrorCode BoundCut(Sinkhorn s, Vec log_q, PetscReal missing[])
{
  const PetscInt species = EnergyDensities(s->energy);
  PetscScalar   *lq;
  Sum            sums[2 * ENERGY_MAX_SPECIES] = {{{0}, {0}}};
  PetscReal      totals[2 * ENERGY_MAX_SPECIES];

  PetscFunctionBegin;
  PetscCall(VecGetArray(log_q, &lq));
  for (PetscInt first = 0; first < s->cells; first += ENERGY_CHUNK) {
    const PetscInt n   = PetscMin(ENERGY_CHUNK, s->cells - first);
    EnergyArrays   cut = {{0}};
    EnergyParts    part;

    EnergyPoint(s->energy, first, lq, part);
    for (PetscInt k = 0; k < species; k++) EnergyExp(n, 1, part[k], cut[k]);
    EnergyCutChunk(s->energy, first, n, part);
    for (PetscInt k = 0; k < species; k++) {
      EnergyArray r = {0};

      EnergyExp(n, 1, part[k], r);
      for (PetscInt i = 0; i < n; i++) cut[k][i] -= r[i];
      SumAdd(&sums[2 * k], ENERGY_CHUNK, r);
      SumAdd(&sums[2 * k + 1], ENERGY_CHUNK, cut[k]);
    }
  }
  PetscCall(VecRestoreArray(log_q, &lq));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2 * species, sums, totals));
  for (PetscInt k = 0; k < species; k++) {
    missing[k] = s->sum[k] - totals[2 * k];
    if (PetscAbsReal(missing[k] - totals[2 * k + 1]) > BOUND_ROUND * s->sum[k])
      missing[k] = totals[2 * k + 1]; /* not round-off: to be seen */
    PetscCall(PetscInfo(s, "%g of the mass lay above the bound\n", (double)(totals[2 * k + 1] / s->sum[k])));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is given of each species, `part` of the room that they share, and how much of w: share. */
typedef struct {
  RoomStage   stage;
  PetscReal   part[ENERGY_MAX_SPECIES], share[ENERGY_MAX_SPECIES];
  const char *wall; /* cells without room, or NULL */
} Giving;

/* r and w of a chunk. Under a bound of the sum the species share the room there is. */
static void RoomOfChunk(Sinkhorn s, const Giving *giving, PetscInt first, PetscInt n, EnergyParts lq, EnergyConstParts u, EnergyArrays r,
                        EnergyArrays room)
{
  const PetscInt species = EnergyDensities(s->energy);
  EnergyArray    upper, most, left, sum = {0};

  EnergyBoundChunk(s->energy, first, n, left);
  for (PetscInt i = 0; i < n; i++) left[i] = PetscMin(left[i], ENERGY_MAX_EXPONENT);
  EnergyExp(n, 1, left, left);
  for (PetscInt k = 0; k < species; k++) {
    EnergyExp(n, 1, lq[k], r[k]);
    for (PetscInt i = 0; i < n; i++) left[i] -= r[k][i];
  }
  for (PetscInt k = 0; k < species; k++) {
    EnergyBoundChunk(s->energy->species ? s->energy->own[k] : s->energy, first, n, upper);
    for (PetscInt i = 0; i < n; i++)
      most[i] = giving->stage == ROOM_PROX ? PetscMin(u[k][i], upper[i]) : PetscMin(upper[i], ENERGY_MAX_EXPONENT);
    EnergyExp(n, 1, most, most);
    for (PetscInt i = 0; i < n; i++) {
      PetscReal w = most[i] > r[k][i] && !(giving->wall && giving->wall[first + i]) ? most[i] - r[k][i] : 0;

      if (giving->stage != ROOM_PROX && species > 1) w = PetscMin(w, PetscMax(0, giving->part[k] * left[i]));
      room[k][i] = giving->stage == ROOM_SHARE && w > r[k][i] ? r[k][i] : w;
      sum[i] += room[k][i];
    }
  }
  for (PetscInt k = 0; k < species && species > 1; k++)
    for (PetscInt i = 0; i < n; i++)
      if (sum[i] > 0 && sum[i] > left[i]) room[k][i] *= PetscMax(0, left[i]) / sum[i];
}

/* The sum of w of each species; where its share is not 0, r becomes r + share w as well. */
static PetscErrorCode BoundGive(Sinkhorn s, const Giving *giving, Vec log_q, PetscReal totals[])
{
  const PetscInt     species = EnergyDensities(s->energy);
  PetscScalar       *lq;
  const PetscScalar *u;
  Sum                sums[ENERGY_MAX_SPECIES] = {{{0}, {0}}};

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(s->u, &u));
  PetscCall(VecGetArray(log_q, &lq));
  for (PetscInt first = 0; first < s->cells; first += ENERGY_CHUNK) {
    const PetscInt   n    = PetscMin(ENERGY_CHUNK, s->cells - first);
    EnergyArrays     room = {{0}}, r = {{0}};
    EnergyArray      upper;
    EnergyParts      out;
    EnergyConstParts q;

    EnergyPoint(s->energy, first, lq, out);
    EnergyPointConst(s->energy, first, u, q);
    RoomOfChunk(s, giving, first, n, out, q, r, room);
    for (PetscInt k = 0; k < species; k++) {
      const PetscReal share = giving->share[k];

      SumAdd(&sums[k], ENERGY_CHUNK, room[k]);
      if (!(share > 0)) continue;
      EnergyBoundChunk(s->energy->species ? s->energy->own[k] : s->energy, first, n, upper);
      for (PetscInt i = 0; i < n; i++) r[k][i] = r[k][i] + share * room[k][i] > 1e-300 ? r[k][i] + share * room[k][i] : 0;
      VecMathLogScaled(n, r[k], 0, r[k]);
      for (PetscInt i = 0; i < n; i++)
        if (room[k][i] > 0) out[k][i] = PetscMin(r[k][i], upper[i]);
    }
  }
  PetscCall(VecRestoreArray(log_q, &lq));
  PetscCall(VecRestoreArrayRead(s->u, &u));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), species, sums, totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One stage: as much of what is missing as there is room for. Collective. */
static PetscErrorCode BoundStage(Sinkhorn s, RoomStage stage, Vec log_q, PetscReal missing[])
{
  const PetscInt species                  = EnergyDensities(s->energy);
  Giving         giving                   = {.stage = stage};
  PetscReal      room[ENERGY_MAX_SPECIES] = {0}, sum = 0;
  Grid           grid;

  PetscFunctionBegin;
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(GridGetWalls(grid, &giving.wall));
  for (PetscInt k = 0; k < species; k++) sum += PetscMax(0, missing[k]);
  if (!(sum > 0)) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt k = 0; k < species; k++) giving.part[k] = PetscMax(0, missing[k]) / sum;
  PetscCall(BoundGive(s, &giving, log_q, room));
  for (PetscInt k = 0; k < species; k++)
    if (missing[k] > 0 && room[k] > 0) giving.share[k] = PetscMin(1, missing[k] / room[k]);
  PetscCall(BoundGive(s, &giving, log_q, room));
  for (PetscInt k = 0; k < species; k++)
    if (giving.share[k] > 0) missing[k] -= room[k];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Brings log_q, of the mass of rho_k, below the bounds of the energy without changing its mass. Collective. */
PetscErrorCode SinkhornKeepBound(Sinkhorn s, Vec log_q)
{
  PetscReal missing[ENERGY_MAX_SPECIES] = {0};
  PetscBool bounded;
  Grid      grid;

  PetscFunctionBegin;
  PetscCall(EnergyIsBounded(s->energy, &bounded));
  if (!bounded) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(BoundCut(s, log_q, missing));
  for (PetscInt k = 0; k < EnergyDensities(s->energy); k++) {
    Vec part;

    if (missing[k] >= 0) continue;
    PetscCall(GridGetPart(grid, log_q, k, PETSC_TRUE, &part));
    PetscCall(VecShift(part, missing[k] / s->sum[k]));
    PetscCall(GridRestorePart(grid, log_q, PETSC_TRUE, &part));
  }
  for (int stage = 0; stage < ROOM_STAGES; stage++) PetscCall(BoundStage(s, (RoomStage)stage, log_q, missing));
  PetscFunctionReturn(PETSC_SUCCESS);
}
