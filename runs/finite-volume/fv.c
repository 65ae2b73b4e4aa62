/* An independent reference: the same equations by implicit finite volumes, for the same options that describe the problem to jko.

     d/dt rho + div J = 0,   J = -(D grad rho + rho grad Phi) - g grad rho^m,   Phi = V + W * rho

   Through the face between cells l and r, a distance h apart, with B(s) = s/(e^s - 1) and s = (Phi_r - Phi_l)/D,

     J = D (B(s) rho_l - B(-s) rho_r)/h - g (rho_r^m - rho_l^m)/h,

   which keeps rho = e^{-Phi/D} at rest (Scharfetter, Gummel, IEEE Trans. Electron Devices 16, 1969; Chang, Cooper, J. Comput. Phys. 6,
   1970) and is of second order; without diffusion D B(s) is the upwind flux, of first. In time PETSc's TS, implicit, by Newton's method.

   Of jko it takes the grid and the fields, nothing of the flow. Options: -grid_*, -density, -energy_terms and those of entropy, power,
   potential and interaction (each once), -output FOLDER, and TS's. Without -snes_mf_operator Newton's matrix has no W * rho. */
#include <math.h>
#include <sys/stat.h>
#include <petscdmda.h>
#include <petscts.h>
#include <jko.h>

#define FV_TEXT 4096

typedef struct {
  Grid         grid;
  DM           dm;
  PetscInt     dim, n[3], start[3], width[3]; /* cells of all and of this rank */
  PetscInt     ghost[3], stride[3];           /* first cell of an array with ghosts, and its strides */
  PetscReal    h[3];
  GridBoundary boundary[3];
  PetscReal    diffusivity;           /* D */
  PetscReal    coefficient, exponent; /* g, m */
  Vec          potential;             /* V */
  Vec          phi;                   /* V + W * rho, with ghosts */
  Vec          interaction;           /* W at displacements of cells, 2 n - 1 of them along each axis, all on each rank; or NULL */
  char         density[FV_TEXT], output[PETSC_MAX_PATH_LEN];
} Problem;

/* D B(dphi/D), the rate at which a unit of density left of a face goes right, times h. */
static PetscReal Rate(PetscReal diffusivity, PetscReal dphi)
{
  const PetscReal s = diffusivity > 0 ? dphi / diffusivity : 0;

  if (diffusivity <= 0) return PetscMax(0, -dphi);
  return PetscAbsReal(s) < 1e-8 ? diffusivity * (1 - s / 2) : dphi / expm1(s);
}

/* J through a face and its derivatives by the densities on both sides; power is g |rho|^(m-1). */
static PetscReal Flux(const Problem *p, PetscReal h, const PetscReal rho[2], const PetscReal power[2], const PetscReal phi[2],
                      PetscReal slope[2])
{
  PetscReal flux = 0;

  for (int side = 0; side < 2; side++) {
    const PetscReal sign = side ? -1 : 1, rate = Rate(p->diffusivity, sign * (phi[1] - phi[0]));

    flux += sign * (rate + power[side]) * rho[side] / h;
    slope[side] = sign * (rate + p->exponent * power[side]) / h;
  }
  return flux;
}

/* g |rho|^(m-1) of all cells with ghosts. */
static void ComputePower(const Problem *p, PetscInt n, const PetscReal rho[], PetscReal power[])
{
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal size = PetscAbsReal(rho[i]);

    power[i] = p->coefficient > 0 ? p->coefficient * (p->exponent == 2 ? size : PetscPowReal(size, p->exponent - 1)) : 0;
  }
}

/* What leaves a cell per volume and time, and a row of the derivative by its own density and its neighbours': `length` entries. */
static PetscReal Divergence(const Problem *p, const PetscInt at[3], const PetscReal rho[], const PetscReal power[], const PetscReal phi[],
                            PetscInt *length, MatStencil column[7], PetscReal values[7])
{
  PetscReal sum  = 0;
  PetscInt  cell = 0;

  for (int a = 0; a < 3; a++) cell += p->stride[a] * (at[a] - p->ghost[a]);
  column[0] = (MatStencil){.k = at[2], .j = at[1], .i = at[0]};
  values[0] = 0;
  *length   = 1;
  for (int a = 0; a < p->dim; a++) {
    for (int side = 0; side < 2; side++) {
      const PetscInt  l = side ? cell : cell - p->stride[a], r = l + p->stride[a];
      const PetscReal out  = (side ? 1 : -1) / p->h[a];
      const PetscInt  step = side ? 1 : -1;
      PetscReal       slope[2];

      if (p->boundary[a] == GRID_NOFLUX && at[a] == (side ? p->n[a] - 1 : 0)) continue;
      sum += out * Flux(p, p->h[a], (PetscReal[]){rho[l], rho[r]}, (PetscReal[]){power[l], power[r]}, (PetscReal[]){phi[l], phi[r]}, slope);
      values[0] += out * slope[1 - side];
      values[*length]     = out * slope[side];
      column[(*length)++] = (MatStencil){.k = at[2] + (a == 2) * step, .j = at[1] + (a == 1) * step, .i = at[0] + (a == 0) * step};
    }
  }
  return sum;
}

/* phi = V + W * rho, the convolution by summation over all pairs of cells. */
static PetscErrorCode ComputePotential(Problem *p, Vec rho)
{
  VecScatter         scatter;
  Vec                natural, all, phi;
  const PetscScalar *w, *q;
  PetscScalar       *f;
  PetscReal          volume;
  const PetscInt     m[2] = {2 * p->n[0] - 1, 2 * p->n[1] - 1};

  PetscFunctionBeginUser;
  PetscCall(DMGetGlobalVector(p->dm, &phi));
  PetscCall(VecCopy(p->potential, phi));
  if (p->interaction) {
    PetscCall(DMDACreateNaturalVector(p->dm, &natural));
    PetscCall(DMDAGlobalToNaturalBegin(p->dm, rho, INSERT_VALUES, natural));
    PetscCall(DMDAGlobalToNaturalEnd(p->dm, rho, INSERT_VALUES, natural));
    PetscCall(VecScatterCreateToAll(natural, &scatter, &all));
    PetscCall(VecScatterBegin(scatter, natural, all, INSERT_VALUES, SCATTER_FORWARD));
    PetscCall(VecScatterEnd(scatter, natural, all, INSERT_VALUES, SCATTER_FORWARD));
    PetscCall(GridGetCellVolume(p->grid, &volume));
    PetscCall(VecGetArrayRead(p->interaction, &w));
    PetscCall(VecGetArrayRead(all, &q));
    PetscCall(VecGetArray(phi, &f));
    for (PetscInt k = p->start[2]; k < p->start[2] + p->width[2]; k++)
      for (PetscInt j = p->start[1]; j < p->start[1] + p->width[1]; j++)
        for (PetscInt i = p->start[0]; i < p->start[0] + p->width[0]; i++) {
          PetscReal sum = 0;

          for (PetscInt z = 0; z < p->n[2]; z++)
            for (PetscInt y = 0; y < p->n[1]; y++) {
              const PetscScalar *row  = w + m[0] * (j - y + p->n[1] - 1 + m[1] * (k - z + p->n[2] - 1)) + i + p->n[0] - 1,
                                *from = q + p->n[0] * (y + p->n[1] * z);

              for (PetscInt x = 0; x < p->n[0]; x++) sum += row[-x] * from[x];
            }
          *f++ += volume * sum;
        }
    f -= p->width[0] * p->width[1] * p->width[2];
    PetscCall(VecRestoreArray(phi, &f));
    PetscCall(VecRestoreArrayRead(all, &q));
    PetscCall(VecRestoreArrayRead(p->interaction, &w));
    PetscCall(VecScatterDestroy(&scatter));
    PetscCall(VecDestroy(&all));
    PetscCall(VecDestroy(&natural));
  }
  PetscCall(DMGlobalToLocal(p->dm, phi, INSERT_VALUES, p->phi));
  PetscCall(DMRestoreGlobalVector(p->dm, &phi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* f = d/dt rho + div J, and with a matrix its derivative by rho, `shift` times that of d/dt rho included. */
static PetscErrorCode Evaluate(Problem *p, Vec rho, Vec rate, PetscReal shift, Vec f, Mat matrix)
{
  Vec                ghosted, powers;
  const PetscScalar *q, *phi, *r = NULL;
  PetscScalar       *out = NULL;
  PetscScalar       *power;
  PetscInt           n, cell = 0;

  PetscFunctionBeginUser;
  PetscCall(DMGetLocalVector(p->dm, &ghosted));
  PetscCall(DMGetLocalVector(p->dm, &powers));
  PetscCall(DMGlobalToLocal(p->dm, rho, INSERT_VALUES, ghosted));
  PetscCall(VecGetLocalSize(ghosted, &n));
  PetscCall(VecGetArrayRead(ghosted, &q));
  PetscCall(VecGetArrayWrite(powers, &power));
  ComputePower(p, n, q, power);
  PetscCall(VecGetArrayRead(p->phi, &phi));
  if (f) {
    PetscCall(VecGetArrayRead(rate, &r));
    PetscCall(VecGetArrayWrite(f, &out));
  }
  for (PetscInt k = p->start[2]; k < p->start[2] + p->width[2]; k++)
    for (PetscInt j = p->start[1]; j < p->start[1] + p->width[1]; j++)
      for (PetscInt i = p->start[0]; i < p->start[0] + p->width[0]; i++, cell++) {
        MatStencil      column[7];
        PetscReal       values[7];
        PetscInt        length;
        const PetscReal sum = Divergence(p, (PetscInt[]){i, j, k}, q, power, phi, &length, column, values);

        if (f) out[cell] = r[cell] + sum;
        values[0] += shift;
        if (matrix) PetscCall(MatSetValuesStencil(matrix, 1, column, length, column, values, INSERT_VALUES));
      }
  if (f) {
    PetscCall(VecRestoreArrayWrite(f, &out));
    PetscCall(VecRestoreArrayRead(rate, &r));
  }
  PetscCall(VecRestoreArrayRead(p->phi, &phi));
  PetscCall(VecRestoreArrayWrite(powers, &power));
  PetscCall(VecRestoreArrayRead(ghosted, &q));
  PetscCall(DMRestoreLocalVector(p->dm, &powers));
  PetscCall(DMRestoreLocalVector(p->dm, &ghosted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Function(TS ts, PetscReal t, Vec rho, Vec rate, Vec f, void *context)
{
  Problem *p = (Problem *)context;

  PetscFunctionBeginUser;
  (void)ts, (void)t;
  if (p->interaction) PetscCall(ComputePotential(p, rho));
  PetscCall(Evaluate(p, rho, rate, 0, f, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Jacobian(TS ts, PetscReal t, Vec rho, Vec rate, PetscReal shift, Mat action, Mat matrix, void *context)
{
  PetscFunctionBeginUser;
  (void)ts, (void)t, (void)rate;
  PetscCall(Evaluate((Problem *)context, rho, NULL, shift, NULL, matrix));
  PetscCall(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));
  if (action != matrix) {
    PetscCall(MatAssemblyBegin(action, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(action, MAT_FINAL_ASSEMBLY));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* W on the displacements between cells. */
static PetscErrorCode TabulateInteraction(Problem *p, const char expression[])
{
  Grid      grid;
  PetscReal lower[3], upper[3];
  PetscInt  m[3];

  PetscFunctionBeginUser;
  for (int a = 0; a < 3; a++) {
    m[a]     = 2 * p->n[a] - 1;
    upper[a] = ((PetscReal)p->n[a] - 0.5) * p->h[a];
    lower[a] = -upper[a];
  }
  PetscCall(GridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(GridSetSizes(grid, p->dim, m));
  PetscCall(GridSetBox(grid, lower, upper));
  PetscCall(GridSetUp(grid));
  PetscCall(GridCreateVector(grid, &p->interaction));
  PetscCall(FieldFromExpression(grid, "-energy_interaction", expression, 0, p->interaction));
  PetscCall(GridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The energy: what jko has by default where nothing is said. */
static PetscErrorCode ReadEnergy(Problem *p)
{
  char      *terms[8], text[FV_TEXT];
  PetscInt   n = 8;
  PetscBool  found;
  const char option[4][64] = {"-energy_potential", "-energy_interaction", "-energy_entropy_coefficient", "-energy_power_coefficient"};

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsGetStringArray(NULL, NULL, "-energy_terms", terms, &n, &found));
  PetscCheck(found, PETSC_COMM_WORLD, JKO_ERR_INPUT, "-energy_terms is missing");
  PetscCall(GridCreateVector(p->grid, &p->potential));
  PetscCall(DMCreateLocalVector(p->dm, &p->phi));
  p->exponent = 2;
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-energy_power_exponent", &p->exponent, NULL));
  for (PetscInt i = 0; i < n; i++) {
    if (!strcmp(terms[i], "entropy")) {
      p->diffusivity = 1;
      PetscCall(PetscOptionsGetReal(NULL, NULL, option[2], &p->diffusivity, NULL));
    } else if (!strcmp(terms[i], "power")) {
      p->coefficient = 1;
      PetscCall(PetscOptionsGetReal(NULL, NULL, option[3], &p->coefficient, NULL));
    } else {
      const int which = strcmp(terms[i], "potential") ? 1 : 0;

      PetscCheck(!which || !strcmp(terms[i], "interaction"), PETSC_COMM_WORLD, JKO_ERR_INPUT, "-energy_terms: no '%s' here", terms[i]);
      PetscCall(PetscOptionsGetString(NULL, NULL, option[which], text, sizeof text, &found));
      PetscCheck(found, PETSC_COMM_WORLD, JKO_ERR_INPUT, "%s is missing", option[which]);
      if (which)
        PetscCall(TabulateInteraction(p, text));
      else
        PetscCall(FieldFromExpression(p->grid, option[which], text, 0, p->potential));
    }
    PetscCall(PetscFree(terms[i]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The grid's DMDA, but without the corners of its stencil. */
static PetscErrorCode CreateDM(Problem *p)
{
  const DMBoundaryType type[] = {[GRID_NOFLUX] = DM_BOUNDARY_NONE, [GRID_PERIODIC] = DM_BOUNDARY_PERIODIC};
  const PetscInt      *cells[3];
  PetscInt             ranks[3], span[3];
  DM                   dm;

  PetscFunctionBeginUser;
  PetscCall(GridGetDM(p->grid, &dm));
  PetscCall(DMDAGetInfo(dm, NULL, NULL, NULL, NULL, &ranks[0], &ranks[1], &ranks[2], NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetOwnershipRanges(dm, &cells[0], &cells[1], &cells[2]));
  PetscCall(DMDACreate(PETSC_COMM_WORLD, &p->dm));
  PetscCall(DMSetDimension(p->dm, p->dim));
  PetscCall(DMDASetSizes(p->dm, p->n[0], p->n[1], p->n[2]));
  PetscCall(DMDASetBoundaryType(p->dm, type[p->boundary[0]], type[p->boundary[1]], type[p->boundary[2]]));
  PetscCall(DMDASetDof(p->dm, 1));
  PetscCall(DMDASetStencilType(p->dm, DMDA_STENCIL_STAR));
  PetscCall(DMDASetStencilWidth(p->dm, 1));
  PetscCall(DMDASetNumProcs(p->dm, ranks[0], ranks[1], ranks[2]));
  PetscCall(DMDASetOwnershipRanges(p->dm, cells[0], p->dim > 1 ? cells[1] : NULL, p->dim > 2 ? cells[2] : NULL));
  PetscCall(DMSetUp(p->dm));
  PetscCall(DMDAGetGhostCorners(p->dm, &p->ghost[0], &p->ghost[1], &p->ghost[2], &span[0], &span[1], &span[2]));
  for (int a = 0; a < 3; a++) p->stride[a] = a ? p->stride[a - 1] * span[a - 1] : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadProblem(Problem *p)
{
  PetscBool found;

  PetscFunctionBeginUser;
  PetscCall(GridCreate(PETSC_COMM_WORLD, &p->grid));
  PetscCall(GridSetFromOptions(p->grid));
  PetscCall(GridSetUp(p->grid));
  PetscCall(GridGetDimension(p->grid, &p->dim));
  PetscCall(GridGetSizes(p->grid, p->n));
  PetscCall(GridGetCorners(p->grid, p->start, p->width));
  PetscCall(GridGetSpacing(p->grid, p->h));
  PetscCall(GridGetBoundary(p->grid, p->boundary));
  PetscCall(CreateDM(p));
  PetscCall(ReadEnergy(p));
  PetscCall(PetscOptionsGetString(NULL, NULL, "-density", p->density, sizeof p->density, &found));
  PetscCheck(found, PETSC_COMM_WORLD, JKO_ERR_INPUT, "-density is missing");
  PetscCall(PetscOptionsGetString(NULL, NULL, "-output", p->output, sizeof p->output, &found));
  PetscCheck(found, PETSC_COMM_WORLD, JKO_ERR_INPUT, "-output is missing");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The initial density, of mass 1, into rho, with its potential. */
static PetscErrorCode Start(Problem *p, Vec rho)
{
  PetscReal mass;

  PetscFunctionBeginUser;
  PetscCall(FieldFromExpression(p->grid, "-density", p->density, 0, rho));
  PetscCall(GridIntegrate(p->grid, rho, &mass));
  PetscCall(VecScale(rho, 1 / mass));
  PetscCall(ComputePotential(p, rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A linear equation needs one linear solve per stage, and its matrix once per shift; steps are fixed unless TS is told otherwise. */
static PetscErrorCode CreateStepper(Problem *p, TS *ts)
{
  TSAdapt adapt;
  SNES    snes;
  KSP     ksp;
  PC      pc;

  PetscFunctionBeginUser;
  PetscCall(TSCreate(PETSC_COMM_WORLD, ts));
  PetscCall(TSSetDM(*ts, p->dm));
  PetscCall(TSSetIFunction(*ts, NULL, Function, p));
  PetscCall(TSSetIJacobian(*ts, NULL, NULL, Jacobian, p));
  PetscCall(TSSetType(*ts, TSBDF));
  PetscCall(TSSetExactFinalTime(*ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSGetAdapt(*ts, &adapt));
  PetscCall(TSAdaptSetType(adapt, TSADAPTNONE));
  PetscCall(TSGetSNES(*ts, &snes));
  PetscCall(SNESGetKSP(snes, &ksp));
  PetscCall(KSPGetPC(ksp, &pc));
  if (p->dim == 1) PetscCall(PCSetType(pc, PCLU));
  if (p->dim == 1) PetscCall(KSPSetType(ksp, KSPPREONLY));
  if (p->dim > 1) PetscCall(KSPSetType(ksp, KSPBCGS));
  if (!(p->coefficient > 0) && !p->interaction) PetscCall(SNESSetType(snes, SNESKSPONLY));
  PetscCall(TSSetFromOptions(*ts));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode Write(Problem *p, TS ts, Vec rho)
{
  const char *names[] = {"density"};
  char        path[PETSC_MAX_PATH_LEN];
  PetscInt    steps;
  PetscReal   time;

  PetscFunctionBeginUser;
  (void)mkdir(p->output, 0777); /* what is wrong with it shows when the file is written */
  PetscCall(TSGetStepNumber(ts, &steps));
  PetscCall(TSGetTime(ts, &time));
  PetscCall(PetscSNPrintf(path, sizeof path, "%s/density-%06" PetscInt_FMT ".h5", p->output, steps));
  PetscCall(FieldToFile(p->grid, path, 1, names, &rho, time, steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  Problem p = {0};
  TS      ts;
  Vec     rho;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(ReadProblem(&p));
  PetscCall(CreateStepper(&p, &ts));
  PetscCall(GridCreateVector(p.grid, &rho));
  PetscCall(Start(&p, rho));
  PetscCall(TSSolve(ts, rho));
  PetscCall(Write(&p, ts, rho));
  PetscCall(VecDestroy(&rho));
  PetscCall(TSDestroy(&ts));
  PetscCall(VecDestroy(&p.potential));
  PetscCall(VecDestroy(&p.phi));
  PetscCall(VecDestroy(&p.interaction));
  PetscCall(DMDestroy(&p.dm));
  PetscCall(GridDestroy(&p.grid));
  PetscCall(PetscFinalize());
  return 0;
}
