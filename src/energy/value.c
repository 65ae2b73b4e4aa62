/* Integrals and the first variation of the sum, all as functions of  u = log rho  (-inf: no mass):

     F = int f(rho, x) dx,   F' = df/drho,   the diffusivity  A = int rho (rho F'') / int rho,  rho F'' = dF'/du,
     and the Gibbs state  rho = mass e^{-V/D} / int e^{-V/D},  where F' is constant, for  F = D int rho log rho + int V rho. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>

/* F' = offset + slope u + f of a chunk, term by term. */
typedef struct {
  EnergyArray u, offset, slope, f, df, d2f;
} VariationChunk;

static void VariationOfChunk(Energy energy, PetscInt first, PetscInt n, const PetscScalar u[], VariationChunk *c)
{
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    c->u[i]      = i < n ? PetscRealPart(u[i]) : 0;
    c->offset[i] = c->slope[i] = c->f[i] = c->df[i] = c->d2f[i] = 0;
  }
  for (PetscInt t = 0; t < energy->count; t++) {
    const EnergyTerm term = energy->term[t];

    if (term->ops->affine) term->ops->affine(term, first, n, c->offset, c->slope);
    if (term->ops->variation) term->ops->variation(term, first, n, c->u, c->f, c->df, c->d2f);
  }
  EnergyTiltChunk(energy, first, n, c->offset);
}

/* Adds the density of the terms at one density rho = e^u. */
static void DensityOfTerms(Energy energy, PetscInt first, PetscInt n, const PetscReal u[], PetscReal rho[], PetscReal e[])
{
  EnergyExp(n, 1, u, rho);
  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->density) energy->term[t]->ops->density(energy->term[t], first, n, u, rho, e);
  EnergyTiltDensityChunk(energy, first, n, rho, e);
}

/* The densities e^u and the energy density of a chunk, the latter 0 in the cells that fill it up. */
void EnergyDensityChunk(Energy energy, PetscInt first, PetscInt n, EnergyConstParts u, EnergyArrays rho, PetscReal e[])
{
  EnergyArray total, sum;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) e[i] = 0;
  EnergyTotalChunk(energy, n, u, total);
  DensityOfTerms(energy, first, n, total, energy->species ? sum : rho[0], e);
  for (PetscInt k = 0; k < energy->species; k++) DensityOfTerms(energy->own[k], first, n, u[k], rho[k], e);
}

/* The same with non-local terms as they are, F = int rho F'(rho) / degree, refreshed at this density. */
static void ValueOfChunk(Energy energy, PetscInt first, PetscInt n, const PetscScalar x[], PetscReal e[])
{
  EnergyArray u, rho, part;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) e[i] = 0;
  for (PetscInt i = 0; i < n; i++) u[i] = PetscRealPart(x[i]);
  DensityOfTerms(energy, first, n, u, rho, e);
  if (!energy->nonlocal) return;
  for (PetscInt t = 0; t < energy->count; t++) {
    const EnergyTerm term = energy->term[t];

    if (!term->ops->refresh) continue;
    for (PetscInt i = 0; i < n; i++) part[i] = 0;
    term->ops->density(term, first, n, u, rho, part);
    for (PetscInt i = 0; i < n; i++) e[i] += (1 / term->degree - 1) * part[i];
  }
}

/* The sum over cells of the terms at one density e^u, refreshed there. Not collective. */
static PetscErrorCode ValueOfTerms(Energy energy, Vec u, Sum *sum)
{
  const PetscScalar *x;
  EnergyArray        e;

  PetscFunctionBegin;
  if (!energy->count) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    ValueOfChunk(energy, first, PetscMin(ENERGY_CHUNK, energy->n - first), x + first, e);
    SumAdd(sum, ENERGY_CHUNK, e);
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyGetValue - F at rho = e^u, the same on any number of ranks. Densities and powers of them above e^600 count as that; terms that
  only bound the density count as 0.

  Collective. u: logarithm of the density, or of those of the species.
@*/
PetscErrorCode EnergyGetValue(Energy energy, Vec u, PetscReal *value)
{
  Vec total;
  Sum sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(value, 3);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(PetscLogEventBegin(Energy_Value, energy, u, 0, 0));
  PetscCall(EnergyRefresh(energy, ENERGY_REFRESH_ALL, u));
  PetscCall(EnergyGetTotal(energy, u, &total));
  PetscCall(ValueOfTerms(energy, total, &sum));
  for (PetscInt k = 0; k < energy->species; k++) {
    Vec part;

    PetscCall(GridGetPart(energy->grid, u, k, PETSC_FALSE, &part));
    PetscCall(ValueOfTerms(energy->own[k], part, &sum));
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
  }
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)energy), 1, &sum, value));
  *value *= energy->volume;
  PetscCall(PetscLogEventEnd(Energy_Value, energy, u, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The limit u -> -inf of a term that has been cut off at e^ENERGY_MAX_EXPONENT, or of an affine one. */
static PetscReal VariationOfVacuum(PetscReal offset, PetscReal slope, PetscReal f)
{
  return slope > 0 || f < -PetscSqrtReal(PETSC_MAX_REAL) ? -(PetscReal)INFINITY : offset + f;
}

/* EnergyGetTermsVariation - that of the terms of this energy alone, refreshed already, at the vector of one density. Not collective. */
PetscErrorCode EnergyGetTermsVariation(Energy energy, Vec u, Vec f)
{
  const PetscScalar *x;
  PetscScalar       *y;
  VariationChunk     c;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(u, &x));
  PetscCall(VecGetArrayWrite(f, &y));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    const PetscInt n = PetscMin(ENERGY_CHUNK, energy->n - first);

    VariationOfChunk(energy, first, n, x + first, &c);
    for (PetscInt i = 0; i < n; i++)
      y[first + i] =
          c.u[i] < -PETSC_MAX_REAL ? VariationOfVacuum(c.offset[i], c.slope[i], c.f[i]) : c.offset[i] + c.slope[i] * c.u[i] + c.f[i];
  }
  PetscCall(VecRestoreArrayWrite(f, &y));
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyGetFirstVariation - F'(e^u) in every cell; with species F_k' + G'(s) for each of them.

  Collective. Where u = -inf, the limit: -inf with an entropy or a power below 1, otherwise V or 0.
  Where rho^(m-1) exceeds e^600, that bound stands for it.
@*/
PetscErrorCode EnergyGetFirstVariation(Energy energy, Vec u, Vec f)
{
  Vec total, coupling = f;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(EnergyCheckVector(energy, f, "f"));
  PetscCall(EnergyRefresh(energy, ENERGY_REFRESH_ALL, u));
  PetscCall(EnergyGetTotal(energy, u, &total));
  if (energy->species) PetscCall(GridCreateVector(energy->grid, &coupling));
  if (energy->count) PetscCall(EnergyGetTermsVariation(energy, total, coupling));
  for (PetscInt k = 0; k < energy->species; k++) {
    Vec part, own;

    PetscCall(GridGetPart(energy->grid, u, k, PETSC_FALSE, &part));
    PetscCall(GridGetPart(energy->grid, f, k, PETSC_TRUE, &own));
    PetscCall(EnergyGetTermsVariation(energy->own[k], part, own));
    if (energy->count) PetscCall(VecAXPY(own, 1, coupling));
    PetscCall(GridRestorePart(energy->grid, f, PETSC_TRUE, &own));
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
  }
  if (energy->species) PetscCall(VecDestroy(&coupling));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* rho dF'/du and rho of a chunk, both relative to a density e^highest, 0 in the cells that fill it up. */
static void DiffusivityOfChunk(Energy energy, PetscInt first, PetscInt n, const PetscScalar x[], PetscReal highest, PetscReal flux[],
                               PetscReal rho[])
{
  VariationChunk c;

  VariationOfChunk(energy, first, n, x, &c);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) rho[i] = i < n ? c.u[i] - highest : -(PetscReal)INFINITY;
  EnergyExp(ENERGY_CHUNK, 1, rho, rho);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) flux[i] = rho[i] * (c.slope[i] + c.df[i]);
}

/* The mean over the mass for the terms at one density e^u, and that mass in cells. Collective. */
static PetscErrorCode DiffusivityOfTerms(Energy energy, Vec u, PetscReal *diffusivity, PetscReal *mass)
{
  const PetscScalar *x;
  Sum                sum[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          total[2], highest;
  EnergyArray        flux, rho;

  PetscFunctionBegin;
  *diffusivity = *mass = 0;
  PetscCall(VecMax(u, NULL, &highest));
  if (highest < -PETSC_MAX_REAL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    DiffusivityOfChunk(energy, first, PetscMin(ENERGY_CHUNK, energy->n - first), x + first, highest, flux, rho);
    SumAdd(&sum[0], ENERGY_CHUNK, flux);
    SumAdd(&sum[1], ENERGY_CHUNK, rho);
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)energy), 2, sum, total));
  *diffusivity = total[0] / total[1];
  *mass        = total[1] * PetscExpReal(highest);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyGetDiffusivity - the mean of rho F''(rho) over the mass, length^2 / time, the same on any number of ranks; 0 without mass. With
species that of F_k over all of them, and on top that of G, s G''(s), which is how fast their sum spreads.

  Collective. u: logarithm of the density, or of those of the species.
@*/
PetscErrorCode EnergyGetDiffusivity(Energy energy, Vec u, PetscReal *diffusivity)
{
  Vec       total;
  PetscReal flux = 0, all = 0, mass;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(diffusivity, 3);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(EnergyGetTotal(energy, u, &total));
  *diffusivity = 0;
  if (energy->count) PetscCall(DiffusivityOfTerms(energy, total, diffusivity, &mass));
  for (PetscInt k = 0; k < energy->species; k++) {
    PetscReal own;
    Vec       part;

    PetscCall(GridGetPart(energy->grid, u, k, PETSC_FALSE, &part));
    PetscCall(DiffusivityOfTerms(energy->own[k], part, &own, &mass));
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
    flux += own * mass;
    all += mass;
  }
  if (all > 0) *diffusivity += flux / all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u = -offset/slope; `slopes` returns the extremes of slope over the grid. */
static PetscErrorCode GibbsUnscaled(Energy energy, Vec u, PetscReal slopes[2])
{
  PetscReal      extreme[2] = {PETSC_MIN_REAL, PETSC_MIN_REAL}; /* of -slope and slope */
  PetscScalar   *x;
  VariationChunk c;

  PetscFunctionBegin;
  PetscCall(VecGetArrayWrite(u, &x));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    const PetscInt n = PetscMin(ENERGY_CHUNK, energy->n - first);

    for (PetscInt i = 0; i < n; i++) x[first + i] = 0;
    VariationOfChunk(energy, first, n, x + first, &c);
    for (PetscInt i = 0; i < n; i++) {
      x[first + i] = -c.offset[i] / c.slope[i];
      extreme[0]   = PetscMax(extreme[0], -c.slope[i]);
      extreme[1]   = PetscMax(extreme[1], c.slope[i]);
    }
  }
  PetscCall(VecRestoreArrayWrite(u, &x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, extreme, 2, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)energy)));
  slopes[0] = -extreme[0];
  slopes[1] = extreme[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Shifts u so that e^u has the mass. */
static PetscErrorCode GibbsScale(Energy energy, PetscReal mass, Vec u)
{
  const PetscScalar *x;
  PetscReal          highest, total;
  Sum                sum = {{0}, {0}};
  EnergyArray        e;

  PetscFunctionBegin;
  PetscCall(VecMax(u, NULL, &highest));
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    for (PetscInt i = 0; i < ENERGY_CHUNK; i++) e[i] = first + i < energy->n ? PetscRealPart(x[first + i]) - highest : -(PetscReal)INFINITY;
    EnergyExp(ENERGY_CHUNK, 1, e, e);
    SumAdd(&sum, ENERGY_CHUNK, e);
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)energy), 1, &sum, &total));
  PetscCall(VecShift(u, PetscLogReal(mass / (total * energy->volume)) - highest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyGetGibbs - the density of the given mass where F' is constant, or with mass 0 the one where F' = 0, for a sum of terms that are
  all affine in u with one positive coefficient of diffusion everywhere: u = log(mass e^{-V/D} / Z), -inf in walls.

  Collective. exists: whether the energy is such a sum; when not, u is not to be used.
  Errors: a mass that is negative or not finite.
@*/
PetscErrorCode EnergyGetGibbs(Energy energy, PetscReal mass, Vec u, PetscBool *exists)
{
  PetscReal slopes[2];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(exists, 4);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCheck(mass >= 0 && !PetscIsInfOrNanReal(mass), PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_OUTOFRANGE,
             "mass %.6g given; it is 0 or positive, and finite", (double)mass);
  *exists = PETSC_FALSE;
  if (energy->species || energy->curved || energy->nonlocal || energy->bounds) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GibbsUnscaled(energy, u, slopes));
  *exists = (PetscBool)(slopes[0] > 0 && slopes[0] == slopes[1]);
  PetscCall(GridFillWalls(energy->grid, u, -(PetscReal)INFINITY));
  if (*exists && mass > 0) PetscCall(GibbsScale(energy, mass, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}
