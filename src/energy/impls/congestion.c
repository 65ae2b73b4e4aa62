/* Congestion  F = 0 where rho <= kappa everywhere, infinite elsewhere: a crowd that cannot be denser (Maury, Roudneff-Chupin,
   Santambrogio, Math. Models Methods Appl. Sci. 20, 2010),  d/dt rho = div(rho grad p),  p >= 0,  p (kappa - rho) = 0. */
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>
#include <jko/private/vecmath.h>

typedef struct {
  EnergyField kappa; /* mass / length^dim */
} Congestion;

static void EnergyBound_Congestion(EnergyTerm term, PetscInt first, PetscInt n, PetscReal upper[])
{
  EnergyArray bound = {0};

  EnergyFieldChunk(&((const Congestion *)term->data)->kappa, first, n, bound);
  VecMathLogScaled(n, bound, 0, bound);
  for (PetscInt i = 0; i < n; i++) upper[i] = bound[i] < upper[i] ? bound[i] : upper[i];
}

#define CONGESTION_ROUND 1e-12 /* relative: what is no excess */

/* The mass that has room, that of e^u, and how far u exceeds log kappa at most. */
static PetscErrorCode CongestionMeasure(EnergyTerm term, Vec u, PetscReal *room, PetscReal *mass, PetscReal *excess)
{
  const PetscScalar *x;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2], most = -PETSC_MAX_REAL;
  const char        *wall;

  PetscFunctionBegin;
  PetscCall(GridGetWalls(term->energy->grid, &wall));
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt first = 0; first < term->energy->n; first += ENERGY_CHUNK) {
    const PetscInt n     = PetscMin(ENERGY_CHUNK, term->energy->n - first);
    EnergyArray    kappa = {0}, rho = {0};

    EnergyFieldChunk(&((const Congestion *)term->data)->kappa, first, n, kappa);
    EnergyExp(n, 1, x + first, rho);
    for (PetscInt i = 0; i < n; i++)
      if (rho[i] > 0) most = PetscMax(most, kappa[i] > 0 ? rho[i] / kappa[i] - 1 : PETSC_MAX_REAL);
    for (PetscInt i = 0; wall && i < n; i++)
      if (wall[first + i]) kappa[i] = 0;
    SumAdd(&sums[0], ENERGY_CHUNK, kappa);
    SumAdd(&sums[1], ENERGY_CHUNK, rho);
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)term), 2, sums, totals));
  PetscCallMPI(MPI_Allreduce(&most, excess, 1, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)term)));
  *room = totals[0] * term->energy->volume;
  *mass = totals[1] * term->energy->volume;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyAdmit_Congestion(EnergyTerm term, Vec u)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)term);
  PetscReal      room = 0, mass = 0, excess = 0;
  char           option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "_max", option, sizeof option));
  PetscCall(CongestionMeasure(term, u, &room, &mass, &excess));
  PetscCheck(mass <= room * (1 + CONGESTION_ROUND), comm, JKO_ERR_INPUT,
             "%s: there is room for a mass of %g in the box, not for %g; give more room or less mass", option, (double)room, (double)mass);
  PetscCheck(excess < PETSC_MAX_REAL, comm, JKO_ERR_INPUT,
             "%s: the initial density has mass where the maximum is 0; it must have none there", option);
  PetscCheck(excess <= CONGESTION_ROUND, comm, JKO_ERR_INPUT,
             "%s: the initial density is up to %g times the maximum; give one that is nowhere above it", option, (double)(1 + excess));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const JKOOption CongestionOptions[] = {{"-_max", JKO_OPTION_FIELD, JKO_OPTION_DEFINES, "1", .unit = "mass/volume",
                                               .words = "constraint", .setter = "EnergyCongestionSetMaximum",
                                               .help = "kappa in rho <= kappa"},
                                              ENERGY_FIELD_INTERPOLATE("-_max"),
                                              {NULL}};

static PetscErrorCode EnergySetFromOptions_Congestion(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldFromOption(term, PetscOptionsObject, "-_max", EnergyCongestionSetMaximum, &((Congestion *)term->data)->kappa));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Congestion(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetUp(term, "_max", "maximum", 0, &((Congestion *)term->data)->kappa));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Congestion(EnergyTerm term, PetscViewer viewer)
{
  char text[512];

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&((const Congestion *)term->data)->kappa, text, sizeof text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "kappa %s\n", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Congestion(EnergyTerm term, char text[], size_t length)
{
  const EnergyField *kappa = &((const Congestion *)term->data)->kappa;

  PetscFunctionBegin;
  if (EnergyFieldIsNumber(kappa))
    PetscCall(PetscSNPrintf(text, length, "div(rho grad p) with p >= 0 only where rho = %.6g, the most", (double)kappa->number));
  else
    PetscCall(PetscStrncpy(text, "div(rho grad p) with p >= 0 only where rho = kappa(x), the most", length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Congestion(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldDestroy(&((Congestion *)term->data)->kappa));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyCongestionSetMaximum - kappa, the largest density there can be (default 1).

  Logically collective. Errors: a negative or infinite value.
@*/
PetscErrorCode EnergyCongestionSetMaximum(EnergyTerm term, PetscReal kappa)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetNumber(term, ENERGYCONGESTION, "_max", kappa, &((Congestion *)term->data)->kappa));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyCongestionSetMaximumField - kappa(x), a vector of the energy's grid, not negative; where it is 0 there is no room.

  Collective. The term keeps a reference: the values are not to be changed as long as it is in use. Errors: a value that is not finite.
@*/
PetscErrorCode EnergyCongestionSetMaximumField(EnergyTerm term, Vec kappa)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetVector(term, ENERGYCONGESTION, "maximum", kappa, &((Congestion *)term->data)->kappa));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Congestion(EnergyTerm term, EnergyTerm coarse)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldCopy(term, &((Congestion *)term->data)->kappa, coarse, &((Congestion *)coarse->data)->kappa));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Congestion(EnergyTerm term)
{
  Congestion *congestion;

  PetscFunctionBegin;
  PetscCall(PetscNew(&congestion));
  congestion->kappa.number  = 1;
  term->data                = congestion;
  term->options             = CongestionOptions;
  term->words               = "crowd crowds crowding constraint hard hele_shaw";
  term->ops->setfromoptions = EnergySetFromOptions_Congestion;
  term->ops->setup          = EnergySetUp_Congestion;
  term->ops->view           = EnergyView_Congestion;
  term->ops->destroy        = EnergyDestroy_Congestion;
  term->ops->bound          = EnergyBound_Congestion;
  term->ops->admit          = EnergyAdmit_Congestion;
  term->ops->coarsen        = EnergyCoarsen_Congestion;
  term->ops->equation       = EnergyEquation_Congestion;
  PetscFunctionReturn(PETSC_SUCCESS);
}
