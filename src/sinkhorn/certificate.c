/* How far from optimal an emitted density can be: the duality gap of the compensated entropic problem (docs/sinkhorn.md).

   With first marginals that are exact, primal and dual objective differ only in a sum over cells, of

     Phi(r) = theta eps (r log r - r) - eps r lp + 2 tau f(r),

   (of species summed over them, with the energy of all) taken at the emitted r = b p and at its minimiser, the prox q (Fenchel-Rockafellar
   duality; Peyre, Cuturi, Computational Optimal Transport, 2019, section 4.4). Since Phi'(q) = 0, every cell adds its Bregman divergence,

     Phi(r) - Phi(q) = theta eps (r log(r/q) - r + q) + 2 tau (f(r) - f(q) - f'(q) (r - q)) >= 0,

   and lambda f'(q) = lp - theta u: no large terms are left to cancel. Where the energy bounds the density, r is taken below the bound, as
   it is emitted, and f'(q) holds the pressure on it. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

/* (Phi(r) - Phi(q)) / 2 tau of a chunk: of the energy's density, per volume. `weight` is eps / 2 tau. */
static void SinkhornGapOfChunk(Sinkhorn s, PetscReal weight, PetscInt first, PetscInt n, const PetscScalar beta[], const PetscScalar lp[],
                               const PetscScalar u[], double gap[])
{
  const PetscInt   species = EnergyDensities(s->energy);
  EnergyArrays     log_q, log_r, q, r;
  EnergyConstParts from, to;
  EnergyParts      cut;
  EnergyArray      fq, fr;

  for (PetscInt k = 0; k < species; k++) {
    const PetscInt cell = k * s->cells + first;

    from[k] = log_q[k];
    to[k] = cut[k] = log_r[k];
    for (PetscInt i = 0; i < n; i++) {
      const PetscBool reached = (PetscBool)(SinkhornIsReached(lp[cell + i]));

      log_q[k][i] = reached ? u[cell + i] : -INFINITY;
      log_r[k][i] = reached ? beta[cell + i] + lp[cell + i] : -INFINITY;
    }
  }
  EnergyCutChunk(s->energy, first, n, cut);
  EnergyDensityChunk(s->energy, first, n, from, q, fq);
  EnergyDensityChunk(s->energy, first, n, to, r, fr);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) gap[i] = i < n ? fr[i] - fq[i] : 0;
  for (PetscInt k = 0; k < species; k++) {
    const PetscInt cell = k * s->cells + first;

    for (PetscInt i = 0; i < n; i++) {
      const double a = r[k][i], b = q[k][i], entropy = a > 0 && b > 0 ? a * (log_r[k][i] - log_q[k][i]) - a + b : b;
      const double linear = a > 0 || b > 0 ? weight * (lp[cell + i] - s->theta * u[cell + i]) * (a - b) : 0;

      gap[i] += s->theta * weight * entropy - linear;
    }
  }
}

/* The gap of the last evaluation, in units of the energy. One sweep. Collective. */
PetscErrorCode SinkhornCertify(Sinkhorn s)
{
  const PetscScalar *beta, *lp, *u;
  PetscReal          total;
  Sum                sum = {{0}, {0}};
  double             gap[ENERGY_CHUNK];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(s->beta, &beta));
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArrayRead(s->u, &u));
  for (PetscInt i = 0; i < s->cells; i += ENERGY_CHUNK) {
    SinkhornGapOfChunk(s, 1 / s->lambda, i, PetscMin(ENERGY_CHUNK, s->cells - i), beta, lp, u, gap);
    SumAdd(&sum, ENERGY_CHUNK, gap);
  }
  PetscCall(VecRestoreArrayRead(s->u, &u));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(VecRestoreArrayRead(s->beta, &beta));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 1, &sum, &total));
  s->gap = s->volume * total;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornGetGap - by how much the objective W2^2/(2 tau) + F, entropic and compensated, of the emitted density may exceed its minimum.

  Not collective. Of the last converged solve; an upper bound up to the round-off of F.
@*/
PetscErrorCode SinkhornGetGap(Sinkhorn s, PetscReal *gap)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *gap = s->gap;
  PetscFunctionReturn(PETSC_SUCCESS);
}
