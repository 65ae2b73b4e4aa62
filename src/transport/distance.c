/* W2 of a density to the target: the Sinkhorn divergence (Genevay, Peyre, Cuturi, AISTATS 2018; Feydy et al., AISTATS 2019)

     S_eps(a, b) = OT_eps(a, b) - OT_eps(a, a)/2 - OT_eps(b, b)/2,

   on a ladder of falling eps (Schmitzer, SIAM J. Sci. Comput. 41, 2019), every solution the guess of the next. S_eps - W2^2 falls like
   eps^2 for smooth densities (Chizat et al., NeurIPS 2020) and at least like eps otherwise: with S at eps, r eps and r' r eps,

     W2^2 ~ S + (S - S_r)/(r^2 - 1),   |error| <= max(|S - S_r|/(r - 1), |S_r - S_rr'|/(r r' - 1)) + what the solver left.

   Where mass is exchanged between bumps, S_eps - W2^2 changes its sign on the way, and two levels around that are near to each other by
   chance: the third tells. Without one the error is r |S - S_r|. Changes that grow are not those of a limit: the next is expected to grow
   as well. What is finer than the kernel is not seen at any level: it hides up to eps e^2/4, e = <log c - log(rho)/2, rho> of a density
   with c K c = rho, which is 0 where it is wide.

   Mass that goes round the end of a wall adds f eps (c - log(eps)/2) to S, f its share and c a constant: behind an edge the heat kernel is
   e^(-L^2/eps) sqrt(eps) times a constant (diffraction; Keller, J. Opt. Soc. Am. 52, 1962). Behind walls two levels therefore take out
   what is linear in eps, which leaves f eps times a constant of their ratio, and a third level that:

     E = (r S - S_r)/(r - 1),   W2^2 ~ E + (E - E_r)/(r' - 1),   r' = r g(r_r)/g(r),  g(r) = r log(r)/(r - 1),   |error| <= |E - E_r|/(r' -
   1) + ...

   The ladder ends when that is below the tolerance, at the least eps that the grid resolves, or where even the widest kernel does not reach
   as far as the plan moves mass. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/transportimpl.h>

#define TRANSPORT_NARROWEST 7.0  /* sigma, the radius of the kernel that is tried first */
#define TRANSPORT_WIDER     1.4  /* factor on it where the plan strains it */
#define TRANSPORT_STRAIN    1e-4 /* of the mass that may come near the end of the reach */
#define TRANSPORT_LOST      1e-3 /* residual above which a level tells nothing */
#define TRANSPORT_SLACK     10.0 /* times eps and the residual: how wrong the value of a solve may be */
#define TRANSPORT_GRAIN     1e-2 /* cells: a W2 that is known to that is known */
#define TRANSPORT_HIDDEN    0.25 /* of eps, the most that a density which the kernel covers may hide */

/* The part of the mass, on either side, that the plan moves to near the end of the kernel's reach; the potentials are those of `factor`
   times the kernel's eps, which changes how far they move mass by the same factor. Uses image, x and f. */
PetscErrorCode TransportGetStrain(Transport t, PetscReal factor, PetscReal *strain)
{
  PetscReal from, to;

  PetscFunctionBegin;
  PetscCall(VecAXPBY(t->x, factor, 0, t->image));
  PetscCall(KernelGetStrain(t->kernel, t->x, t->log_b, &to));
  PetscCall(VecAXPBY(t->x, factor, 0, t->f));
  PetscCall(KernelGetStrain(t->kernel, t->x, t->log_a, &from));
  *strain = PetscMax(from, to);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log(K e^alpha) and log(K e^beta), for the strain. */
PetscErrorCode TransportApplyBoth(Transport t)
{
  PetscFunctionBegin;
  PetscCall(KernelApplyLog(t->kernel, t->alpha, NULL, t->image));
  PetscCall(KernelApplyLog(t->kernel, t->beta, NULL, t->f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The widest kernel at an eps, in sigma: it spans the box, or is as wide as kernels get. */
PetscReal TransportMostTruncation(Transport t, PetscReal epsilon)
{
  return PetscClipInterval(t->span / PetscSqrtReal(epsilon / 2), TRANSPORT_NARROWEST, TRANSPORT_TRUNCATION);
}

/* Widens the kernel until the plan, known at `factor` times its eps, does not strain it; whether there is such a width. */
static PetscErrorCode TransportWiden(Transport t, PetscReal factor, PetscBool *reaches)
{
  PetscReal truncation, strain = 0, epsilon, most;
  PetscBool truncated;

  PetscFunctionBegin;
  PetscCall(KernelGetTruncation(t->kernel, &truncation));
  PetscCall(KernelGetEpsilon(t->kernel, &epsilon));
  PetscCall(KernelIsTruncated(t->kernel, &truncated));
  most = truncated ? TransportMostTruncation(t, epsilon) : truncation;
  for (;;) {
    PetscCall(KernelSetUp(t->kernel));
    PetscCall(TransportGetStrain(t, factor, &strain));
    *reaches = (PetscBool)(strain <= TRANSPORT_STRAIN);
    if (*reaches || truncation >= most) PetscFunctionReturn(PETSC_SUCCESS);
    truncation = PetscMin(TRANSPORT_WIDER * truncation, most);
    PetscCall(KernelSetTruncation(t->kernel, truncation));
  }
}

/* The guess of a level from its own last solution, or from the potentials at another eps: beta - log(b)/2 scales like 1/eps. */
static PetscErrorCode TransportGuess(Transport t, const TransportLevel *level, PetscReal epsilon_before)
{
  const PetscReal ratio = epsilon_before / level->epsilon;

  PetscFunctionBegin;
  if (level->beta)
    PetscCall(VecCopy(level->beta, t->beta));
  else if (epsilon_before > 0)
    PetscCall(VecAXPBY(t->beta, 0.5 * (1 - ratio), ratio, t->log_b));
  else
    PetscCall(VecAXPBY(t->beta, 0.5, 0, t->log_b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solves at a level, with a kernel that reaches; whether that could be done. */
PetscErrorCode TransportSolveLevel(Transport t, TransportLevel *level, PetscReal epsilon_before, PetscBool *works)
{
  PetscReal before, after;

  PetscFunctionBegin;
  *works = PETSC_TRUE;
  PetscCall(KernelSetEpsilon(t->kernel, level->epsilon));
  PetscCall(KernelSetTruncation(t->kernel, PetscMax(level->truncation, TRANSPORT_NARROWEST)));
  if (!(epsilon_before > 0) && !level->beta) PetscCall(KernelSetTruncation(t->kernel, TransportMostTruncation(t, level->epsilon)));
  if (epsilon_before > 0) PetscCall(TransportWiden(t, epsilon_before / level->epsilon, works));
  if (!*works) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TransportGuess(t, level, epsilon_before));
  do {
    PetscCall(TransportSolve(t));
    *works = (PetscBool)(t->residual <= TRANSPORT_LOST);
    if (!*works) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(TransportApplyBoth(t));
    PetscCall(KernelGetTruncation(t->kernel, &before));
    PetscCall(TransportWiden(t, 1, works));
    PetscCall(KernelGetTruncation(t->kernel, &after));
  } while (*works && after > before);
  if (!*works) PetscFunctionReturn(PETSC_SUCCESS);
  if (!level->beta) PetscCall(VecDuplicate(t->beta, &level->beta));
  PetscCall(VecCopy(t->beta, level->beta));
  level->truncation = after;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* S_eps of a level, what the solver left of it, what may be hidden below the kernel, and how much wider the level before it was. */
typedef struct {
  PetscReal divergence, left, hidden, ratio;
} TransportValue;

/* The square of how far log c of a density is from log(rho)/2, in the mean; at most 1. */
static PetscErrorCode TransportConcentration(Vec log_rho, PetscReal stay, PetscReal *square)
{
  PetscReal entropy;

  PetscFunctionBegin;
  PetscCall(EnergyPairing(log_rho, log_rho, &entropy));
  *square = PetscSqr(PetscClipInterval(stay - entropy / 2, 0, 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The value of the level that was solved, per mass. The cost of staying of the target is kept. */
static PetscErrorCode TransportDivergence(Transport t, TransportLevel *level, TransportValue *value)
{
  PetscReal from, to, stay, concentration[2] = {1, 1};

  PetscFunctionBegin;
  PetscCall(EnergyPairing(t->log_a, t->alpha, &from));
  PetscCall(EnergyPairing(t->log_b, t->beta, &to));
  PetscCall(TransportStay(t, t->log_a, &stay));
  if (PetscIsNanReal(level->stay)) PetscCall(TransportStay(t, t->log_b, &level->stay));
  PetscCall(TransportConcentration(t->log_a, stay, &concentration[0]));
  PetscCall(TransportConcentration(t->log_b, level->stay, &concentration[1]));
  value->divergence = level->epsilon * (from + to - stay - level->stay);
  value->left       = TRANSPORT_SLACK * level->epsilon * (t->residual + 100 * PETSC_MACHINE_EPSILON);
  value->hidden     = TRANSPORT_HIDDEN * level->epsilon * (concentration[0] + concentration[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* W2^2 and its error from n > 1 levels, the newest first. */
static void TransportExtrapolate(PetscInt n, const TransportValue v[], PetscReal *square, PetscReal *error)
{
  const PetscReal r = v[0].ratio, change = PetscAbsReal(v[0].divergence - v[1].divergence);

  *square = PetscMax(0, v[0].divergence + (v[0].divergence - v[1].divergence) / (r * r - 1));
  *error  = change;
  if (n > 2) {
    const PetscReal before = PetscAbsReal(v[1].divergence - v[2].divergence);

    *error = PetscMax(change / (r - 1), before / (r * v[1].ratio - 1));
    if (change > before) *error = change * PetscMin(change / PetscMax(before, PETSC_MIN_REAL), r);
  }
  *error += v[0].left + v[1].left / (r - 1) + v[0].hidden;
}

/* The same behind walls. */
static void TransportExtrapolateWalled(PetscInt n, const TransportValue v[], PetscReal *square, PetscReal *error)
{
  PetscReal rate[2], linear[2], left[2];

  for (PetscInt i = 0; i < PetscMin(n - 1, 2); i++) {
    const PetscReal r = v[i].ratio;

    rate[i]   = r * PetscLogReal(r) / (r - 1);
    linear[i] = (r * v[i].divergence - v[i + 1].divergence) / (r - 1);
    left[i]   = (r * v[i].left + v[i + 1].left) / (r - 1);
  }
  if (n == 2) {
    *square = PetscMax(0, linear[0]);
    *error  = PetscAbsReal(linear[0] - v[0].divergence) + left[0];
  } else {
    const PetscReal r = v[0].ratio * rate[1] / rate[0];

    *square = PetscMax(0, linear[0] + (linear[0] - linear[1]) / (r - 1));
    *error  = (PetscAbsReal(linear[0] - linear[1]) + r * left[0] + left[1]) / (r - 1);
  }
}

/* The levels from t->first down; W2^2 per mass and its error. Whether there were enough that could be solved. */
static PetscErrorCode TransportDescend(Transport t, PetscReal *square, PetscReal *error, PetscBool *found)
{
  TransportValue value[3] = {{0}}; /* the newest first */
  PetscReal      grain    = PetscSqr(TRANSPORT_GRAIN * t->cell);
  PetscBool      works    = PETSC_TRUE;

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  for (PetscInt i = t->first, n = 1; i < t->count; i++, n++) {
    TransportLevel *level = &t->level[i];

    PetscCall(TransportSolveLevel(t, level, i > t->first ? t->level[i - 1].epsilon : 0, &works));
    if (!works) break;
    value[2] = value[1];
    value[1] = value[0];
    PetscCall(TransportDivergence(t, level, &value[0]));
    value[0].ratio = i > 0 ? t->level[i - 1].epsilon / level->epsilon : 1;
    t->epsilon     = level->epsilon;
    if (n > 1) {
      if (t->walled)
        TransportExtrapolateWalled(n, value, square, error);
      else
        TransportExtrapolate(n, value, square, error);
      *found   = PETSC_TRUE;
      t->first = PetscMax(0, i - 2);
      PetscCall(PetscInfo(t, "eps %g: W2^2 %g, error %g\n", (double)level->epsilon, (double)*square, (double)*error));
      if ((n > 2 || t->walled) && *error <= PetscMax(2 * t->tol * *square, grain)) break;
    }
    if (i + 1 < t->count) PetscCall(TransportApplyBoth(t));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportGetDistance - W2 of a density to the target, and its error.

  Collective. Warm-started: from the potentials of the last call, where the densities are near.

  Input:
. log_rho - log of the density, -inf in empty cells; the target is scaled to its mass

  Output:
+ w2    - length times square root of mass
- error - how far it may be off, of the regularisation and the solver; that of the cells, which are points here, comes on top

  Notes: densities are masses in the centres of cells. On a no-flux box distances are straight, on a periodic one the shortest.
@*/
PetscErrorCode TransportGetDistance(Transport t, Vec log_rho, PetscReal *w2, PetscReal *error)
{
  PetscReal sum, square = 0, off = 0, volume;
  PetscBool found;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCheck(t->setup, PetscObjectComm((PetscObject)t), PETSC_ERR_ORDER, "call TransportSetTarget() first");
  PetscCall(PetscLogEventBegin(Transport_Distance, t, log_rho, 0, 0));
  t->total = 0;
  PetscCall(TransportNormalise(log_rho, t->log_a, &sum));
  t->sum = sum;
  PetscCall(TransportDescend(t, &square, &off, &found));
  if (!found && t->first) {
    t->first = 0;
    PetscCall(TransportDescend(t, &square, &off, &found));
  }
  if (!found) square = off = NAN;
  PetscCall(GridGetCellVolume(t->grid, &volume));
  sum *= volume;
  *w2    = PetscSqrtReal(sum * square);
  *error = PetscMax(PetscSqrtReal(sum * (square + off)) - *w2, *w2 - PetscSqrtReal(sum * PetscMax(0, square - off)));
  PetscCall(PetscLogEventEnd(Transport_Distance, t, log_rho, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
