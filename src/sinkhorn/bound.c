/* Densities that must not exceed kappa. The emitted b K^T a has the mass of rho_k but reaches the prox q, which keeps the bound, only up to
   the marginal residual; what lies above kappa is cut off and given to cells with room:

     r <- min(r, kappa),   then  r <- r + min(1, E/W) w,   E what is left to give,  W = sum of w,

   first with w = (q - r)+, to where the prox has more; then, should that not take all, in proportion to the room and the mass of a cell,
   w = min(kappa - r, r); then in proportion to the room alone. No w exceeds the room, so that no bound is exceeded, and all that was cut is
   given, since there is room for the mass: the bound is kept and the mass is exact, both to round-off. What moves is at most the
   marginal residual. */
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

/* Cuts cells at their bound. What is left to give, and what was cut of it: the rest is round-off of the emission. */
static PetscErrorCode BoundCut(Sinkhorn s, Vec log_q, PetscReal *missing, PetscReal *excess)
{
  PetscScalar *lq;
  PetscInt     n;
  Sum          sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal    totals[2];

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArray(log_q, &lq));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);
    EnergyArray    r = {0}, cut = {0}, upper;

    EnergyBoundChunk(s->energy, i, m, upper);
    EnergyExp(m, 1, lq + i, cut);
    for (PetscInt j = 0; j < m; j++) lq[i + j] = PetscMin(lq[i + j], upper[j]);
    EnergyExp(m, 1, lq + i, r);
    for (PetscInt j = 0; j < m; j++) cut[j] -= r[j];
    SumAdd(&sums[0], ENERGY_CHUNK, r);
    SumAdd(&sums[1], ENERGY_CHUNK, cut);
  }
  PetscCall(VecRestoreArray(log_q, &lq));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2, sums, totals));
  *missing = s->sum_rho - totals[0];
  *excess  = totals[1];
  if (PetscAbsReal(*missing - *excess) > BOUND_ROUND * s->sum_rho) *missing = *excess; /* not round-off: to be seen */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* r and w of a chunk. */
static void RoomOfChunk(RoomStage stage, PetscInt n, const PetscScalar lq[], const PetscScalar u[], const PetscReal upper[], PetscReal r[],
                        PetscReal room[])
{
  EnergyArray most;

  for (PetscInt i = 0; i < n; i++) most[i] = stage == ROOM_PROX ? PetscMin(u[i], upper[i]) : PetscMin(upper[i], ENERGY_MAX_EXPONENT);
  EnergyExp(n, 1, most, most);
  EnergyExp(n, 1, lq, r);
  for (PetscInt i = 0; i < n; i++) {
    room[i] = most[i] > r[i] ? most[i] - r[i] : 0;
    if (stage == ROOM_SHARE) room[i] = room[i] < r[i] ? room[i] : r[i];
  }
}

/* The sum of w, with share = 0; with another share, r becomes r + share w as well. */
static PetscErrorCode BoundGive(Sinkhorn s, RoomStage stage, PetscReal share, Vec log_q, PetscReal *total)
{
  PetscScalar       *lq;
  const PetscScalar *u;
  PetscInt           n;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(s->u, &u));
  PetscCall(VecGetArray(log_q, &lq));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m    = PetscMin(ENERGY_CHUNK, n - i);
    EnergyArray    room = {0}, r, upper;

    EnergyBoundChunk(s->energy, i, m, upper);
    RoomOfChunk(stage, m, lq + i, u + i, upper, r, room);
    SumAdd(&sum, ENERGY_CHUNK, room);
    if (!(share > 0)) continue;
    for (PetscInt j = 0; j < m; j++) r[j] = r[j] + share * room[j] > 1e-300 ? r[j] + share * room[j] : 0;
    VecMathLogScaled(m, r, 0, r);
    for (PetscInt j = 0; j < m; j++)
      if (room[j] > 0) lq[i + j] = PetscMin(r[j], upper[j]);
  }
  PetscCall(VecRestoreArray(log_q, &lq));
  PetscCall(VecRestoreArrayRead(s->u, &u));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 1, &sum, total));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Brings log_q, of the mass of rho_k, below the bounds of the energy without changing its mass. Collective. */
PetscErrorCode SinkhornKeepBound(Sinkhorn s, Vec log_q)
{
  PetscReal missing, excess, room;
  PetscBool bounded;

  PetscFunctionBegin;
  PetscCall(EnergyIsBounded(s->energy, &bounded));
  if (!bounded) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(BoundCut(s, log_q, &missing, &excess));
  PetscCall(PetscInfo(s, "%g of the mass lay above the bound\n", (double)(excess / s->sum_rho)));
  if (missing < 0) PetscCall(VecShift(log_q, missing / s->sum_rho));
  for (int stage = 0; stage < ROOM_STAGES && missing > 0; stage++) {
    PetscCall(BoundGive(s, (RoomStage)stage, 0, log_q, &room));
    if (!(room > 0)) continue;
    PetscCall(BoundGive(s, (RoomStage)stage, PetscMin(1, missing / room), log_q, &room));
    missing -= room;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
