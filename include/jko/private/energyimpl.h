#ifndef JKO_PRIVATE_ENERGYIMPL_H
#define JKO_PRIVATE_ENERGYIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/energy.h>
#include <jko/options.h>

/* Cells that are treated together: what the array operations below see at a time. */
#define ENERGY_CHUNK       64
#define ENERGY_MAX_TERMS   32
#define ENERGY_MAX_SPECIES 8
/* Exponents above this are cut off, so that sums and products of exponentials stay finite. */
#define ENERGY_MAX_EXPONENT 600

typedef PetscReal EnergyArray[ENERGY_CHUNK] __attribute__((aligned(64)));

/* y = e^min(a u, ENERGY_MAX_EXPONENT) of n cells: 0 where a u = -inf, NaN where u is NaN; y may be u. */
PETSC_EXTERN void EnergyExp(PetscInt n, PetscReal a, const PetscReal u[], PetscReal y[]);

/* Sum over all cells of e^(log rho) f, or those with each of several f; empty cells add nothing. Collective. */
PETSC_EXTERN PetscErrorCode EnergyPairing(Vec log_rho, Vec f, PetscReal *total);
PETSC_EXTERN PetscErrorCode EnergyPairings(Vec log_rho, PetscInt count, const Vec f[], PetscReal totals[]);

/* A log density that stands for an empty cell where something finite is needed: its exponential is 0. */
#define ENERGY_EMPTY ((PetscReal)-700)

/* A parameter of a term: a number, or a value per cell from an expression, a file or a vector. */
typedef struct {
  PetscReal          number;                  /* where nothing else is given */
  char              *expression, *file;       /* where the values come from; at most one of them */
  PetscBool          interpolate, is_density; /* the file may have cells of its own; its mass counts */
  Vec                field;
  const PetscScalar *value; /* its cells of this rank */
} EnergyField;

/* u of n cells with  offset + slope u + (slope/k) e^(l + k u) = 0,  slope > 0: to 1e-6/|k|; without the term where l = -inf. */
PETSC_EXTERN void EnergyMonomialRoot(PetscInt n, PetscReal k, const PetscReal l[], const PetscReal offset[], const PetscReal slope[],
                                     PetscReal u[]);

/* One functional F(rho) = int f(rho, x) dx of the sum. Arrays hold n <= ENERGY_CHUNK cells of this rank, the first of them
   `first`; u = log rho, rho = e^u cut off at e^ENERGY_MAX_EXPONENT. A term is affine in u, or has a variation and a root, or
   only bounds u. */
struct _EnergyTermOps {
  PetscErrorCode (*setfromoptions)(EnergyTerm, JKOOptionItems);
  PetscErrorCode (*setup)(EnergyTerm);
  PetscErrorCode (*view)(EnergyTerm, PetscViewer);
  PetscErrorCode (*destroy)(EnergyTerm);
  /* F'(e^u) = offset + slope u for a term that is affine in u: adds to both arrays; slope >= 0. */
  void (*affine)(EnergyTerm, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[]);
  /* F'(e^u) and its first and second derivative in u for a term that is not affine in u: adds to all. Finite for every u, with
     df >= 0 and |d2f| <= rate df. */
  void (*variation)(EnergyTerm, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[], PetscReal d2f[]);
  /* The root u of  offset + slope u + lambda F'(e^u) = 0  for the same term on its own, to 0.1 / rate or better; slope > 0. */
  void (*root)(EnergyTerm, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[], const PetscReal slope[], PetscReal u[]);
  /* The energy density f(rho, x) at rho = e^u, 0 where u = -inf: adds to e. Of a non-local term: rho times its variation. */
  void (*density)(EnergyTerm, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[]);
  /* Of a non-local term, affine in u: takes F'(e^u) as the offset of what follows, or 0 where u is NULL. Collective. */
  PetscErrorCode (*refresh)(EnergyTerm, Vec u);
  /* For a term that is infinite where rho exceeds a bound: lowers upper[] to the logarithm of the bound, -inf where it is 0. It may have
     this op alone. */
  void (*bound)(EnergyTerm, PetscInt first, PetscInt n, PetscReal upper[]);
  /* Refuses, by JKO_ERR_INPUT and naming the reason, a density at which the term is infinite for another reason. */
  PetscErrorCode (*admit)(EnergyTerm, Vec u);
  /* Gives a new term of the same type, on a grid of GridCoarsen(), the same parameters. NULL for a term that cannot be coarsened. */
  PetscErrorCode (*coarsen)(EnergyTerm, EnergyTerm coarse);
  /* The term's part of the equation in plain text, e.g. "0.1 Laplace(rho)". */
  PetscErrorCode (*equation)(EnergyTerm, char text[], size_t length);
};

struct _p_EnergyTerm {
  PETSCHEADER(struct _EnergyTermOps);
  Energy           energy; /* the sum it belongs to; not referenced */
  void            *data;
  const JKOOption *options; /* of the type, as "-_coefficient"; a table that the constructor gives, or NULL */
  const char      *words;   /* other words for the type, separated by spaces, or NULL */
  PetscReal        rate;    /* of a term that is not affine: how fast its variation bends, see above */
  /* of one with  dF'/du = c e^{exponent u},  c any function of the cell: the exponent, or 0; and log of the most that F' and dF'/du are,
     over e^{exponent u}, in any cell of any rank, or inf */
  PetscReal exponent, most;
  PetscReal degree; /* of a non-local term: F = int rho F'(rho) / degree, 2 for a quadratic form */
  PetscBool lagged; /* a non-local term whose variation stays that of rho_k during a step */
  PetscBool costly; /* a non-local term whose variation costs as much as a kernel application */
  /* between species: F = int int W(x - y) rho_a(x) rho_b(y) stands in the energy of each, refreshed at the density of the other */
  char      with[64]; /* name of the other species, "" for a term of its own density */
  PetscInt  partner;  /* its number, -1: none; set up by the energy of the species */
  PetscBool mirror;   /* the other species has the options */
};

struct _p_Energy {
  PETSCHEADER(int);
  /* parameters */
  Grid       grid;
  char       word[32]; /* its options are -<prefix><word><name>, "energy_" */
  PetscInt   count;    /* of terms */
  EnergyTerm term[ENERGY_MAX_TERMS];
  /* species: each density has an energy of its own, and the terms above are functions of their sum; none: of the one density */
  PetscInt species;
  Energy   own[ENERGY_MAX_SPECIES];
  Energy   whole; /* of a species: what it is part of; not referenced */
  /* set up */
  DM                 dm;               /* of vectors of all densities, one after the other on each rank */
  Vec                total;            /* log of the sum of densities, NULL without species */
  PetscLayout        layout, state;    /* of the vectors of the grid; of those of dm */
  PetscInt           n;                /* cells of this rank */
  PetscReal          volume;           /* of a cell, length^dim */
  PetscInt           curved;           /* terms that are not affine in u */
  PetscInt           nonlocal, lagged; /* terms whose variation in a cell depends on the others; those of them that lag */
  PetscReal          rate;             /* the largest of the curved terms' */
  PetscReal          exponent;         /* of the only curved term, or 0 */
  PetscInt           bounds;           /* terms that bound u */
  PetscReal          ratio, vanished;  /* theta/lambda of the last prox, and the u below which its curved terms are nothing */
  Vec                tilt;             /* added to F' for a while, or NULL; borrowed, held by the energy of all densities */
  const PetscScalar *tilt_value;       /* its cells of this rank, of a species its own */
  PetscBool          setup;
};

/* What was set is to be set up again. */
static inline void EnergyNeedsSetUp(Energy energy)
{
  energy->setup = PETSC_FALSE;
  if (energy->whole) energy->whole->setup = PETSC_FALSE;
}

/* A chunk of cells of every density: one pointer each to the first of them. */
typedef PetscReal       *EnergyParts[ENERGY_MAX_SPECIES];
typedef const PetscReal *EnergyConstParts[ENERGY_MAX_SPECIES];
typedef EnergyArray      EnergyArrays[ENERGY_MAX_SPECIES];

static inline PetscInt EnergyDensities(Energy energy)
{
  return energy->species ? energy->species : 1;
}

/* part[k] = the cells from `first` of density k in the array of a vector of all densities. */
static inline void EnergyPoint(Energy energy, PetscInt first, PetscReal *x, EnergyParts part)
{
  for (PetscInt k = 0; k < EnergyDensities(energy); k++) part[k] = x + k * energy->n + first;
}

static inline void EnergyPointConst(Energy energy, PetscInt first, const PetscReal *x, EnergyConstParts part)
{
  for (PetscInt k = 0; k < EnergyDensities(energy); k++) part[k] = x + k * energy->n + first;
}

/* Of one density, the terms of an energy without species:  theta u - lp + lambda F'(e^u) = 0.
   u: initial guess in (any value), solution out; du = du/dlp. lp finite. Not collective. */
PETSC_EXTERN void EnergyProxChunk(Energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, const PetscReal lp[],
                                  PetscReal u[], PetscReal du[]);

/* Sinkhorn's sweep calls the prox chunk by chunk: for every density k

     theta u_k - lp_k + lambda (F_k'(e^{u_k}) + G'(sum_j e^{u_j})) = 0,

   u as above; du_k/dlp_j = du_k (1 if j = k) - du_k pull_j, where pull = 0 without species or a coupling G. `du` and `pull` may be NULL.
   Not collective. */
PETSC_EXTERN void EnergyProxAllChunk(Energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, EnergyConstParts lp,
                                     EnergyParts u, EnergyParts du, EnergyParts pull);

/* log of the sum of the densities e^{u_k} of n cells. Not collective. */
PETSC_EXTERN void EnergyTotalChunk(Energy, PetscInt n, EnergyConstParts u, PetscReal total[]);

/* Lowers u to the bounds of the energy; where the sum exceeds its own, all densities by the same factor. Not collective. */
PETSC_EXTERN void EnergyCutChunk(Energy, PetscInt first, PetscInt n, EnergyParts u);

/* The energy density of a chunk, 0 in the cells that fill it up to ENERGY_CHUNK; non-local terms add rho times the variation they were
   refreshed to, the density of the energy linearised there. Not collective. */
PETSC_EXTERN void EnergyDensityChunk(Energy, PetscInt first, PetscInt n, EnergyConstParts u, EnergyArrays rho, PetscReal e[]);

/* Non-local terms take their variation: all of them, or those that lag at rho_k and the others at every iterate of a step. Nothing where
   there are none. Collective. */
typedef enum { ENERGY_REFRESH_ALL, ENERGY_REFRESH_LAGGED, ENERGY_REFRESH_IMPLICIT } EnergyRefreshed;
PETSC_EXTERN PetscErrorCode EnergyRefresh(Energy, EnergyRefreshed, Vec u);
/* Those that do not lag have no variation until the next refresh. Not collective. */
PETSC_EXTERN PetscErrorCode EnergyForget(Energy);
/* Adds `weight` times the variations of the non-local terms, as they are, to a chunk per density. Not collective. */
PETSC_EXTERN void EnergyNonlocalChunk(Energy, PetscInt first, PetscInt n, PetscReal weight, const EnergyParts y);
/* Whether a variation that every iterate takes is costly. Not collective; after EnergySetUp(). */
PETSC_EXTERN PetscBool EnergyIsCostly(Energy);

/* The vector of one density that the terms of the energy are functions of: u, or the log of the sum, valid until the next call. Collective.
 */
PETSC_EXTERN PetscErrorCode EnergyGetTotal(Energy, Vec u, Vec *total);
PETSC_EXTERN PetscErrorCode EnergyRefreshTerms(Energy, EnergyRefreshed, Vec total);
PETSC_EXTERN PetscErrorCode EnergyGetTermsVariation(Energy, Vec total, Vec f);

/* F + <tilt, rho> stands for F until the tilt is NULL (tilt.c). */
PETSC_EXTERN PetscErrorCode EnergySetTilt(Energy, Vec tilt);
PETSC_EXTERN void           EnergyTiltChunk(Energy, PetscInt first, PetscInt n, PetscReal offset[]);
PETSC_EXTERN void           EnergyTiltDensityChunk(Energy, PetscInt first, PetscInt n, const PetscReal rho[], PetscReal e[]);

/* The density that a pressure holds (conjugate.c): u = log Q(psi), Q the inverse of F', and du = d log Q/d psi; u = -inf and du = 0 where
   psi is below F'(0), given in `vacuum`. regular: of log q in F', small beside all pressures. width: by how much psi varies across a cell,
   for the mean of Q, or NULL. u: guess in. Of one density, without non-local terms. Not collective. */
PETSC_EXTERN void EnergyConjugateChunk(Energy, PetscReal regular, PetscInt first, PetscInt n, const PetscReal psi[],
                                       const PetscReal width[], const PetscReal vacuum[], PetscReal u[], PetscReal du[]);
/* Whether there is that function: one density, no non-local term; whether it has a kink at F'(0), or worse. Not collective. */
PETSC_EXTERN PetscBool EnergyHasConjugate(Energy);
PETSC_EXTERN PetscBool EnergyHasKink(Energy);
/* F'(0), and whether it is finite everywhere: then densities have fronts. Collective. */
PETSC_EXTERN PetscErrorCode EnergyGetVacuum(Energy, Vec vacuum, PetscBool *fronts);

/* log of the largest density that each cell of a chunk may have by the terms of this energy, of species their sum; ENERGY_EMPTY at least,
   +inf where there is no bound. Not collective. */
PETSC_EXTERN void EnergyBoundChunk(Energy, PetscInt first, PetscInt n, PetscReal upper[]);

/* For the energy itself and its types. */
PETSC_INTERN PetscErrorCode EnergyInitializePackage(void);
PETSC_INTERN PetscErrorCode EnergyListTypes(PetscInt *count, const char **names[]);
PETSC_INTERN PetscErrorCode EnergyGetConstructor(const char type[], PetscErrorCode (**create)(EnergyTerm));
PETSC_INTERN PetscErrorCode EnergyTermDestroy(EnergyTerm *);
PETSC_EXTERN PetscErrorCode EnergyCheckVector(Energy, Vec, const char what[]);
PETSC_EXTERN PetscErrorCode EnergyTypeNames(char text[], size_t length);
/* The option -<word><name> of the energy as the user writes it, with its prefix. */
PETSC_EXTERN PetscErrorCode EnergyOption(Energy, const char name[], char option[], size_t length);
/* The option -energy_<name><suffix> of a term, as the user writes it. In the table of the type, and for its readers, it is -<suffix>: the
   prefix of a term holds its name. */
PETSC_EXTERN PetscErrorCode EnergyTermOptionInFull(EnergyTerm, const char suffix[], char option[], size_t length);
/* What a setter calls: the term is of the type, the energy is to be set up again. */
PETSC_EXTERN PetscErrorCode EnergyTermChange(EnergyTerm, const char type[]);
/* Parameters of a term (field.c). `type` is that of the term, `suffix` that of the option, "" or "_coefficient", say. */
PETSC_EXTERN PetscErrorCode EnergyFieldSetNumber(EnergyTerm, const char type[], const char suffix[], PetscReal value, EnergyField *);
PETSC_EXTERN PetscErrorCode EnergyFieldSetVector(EnergyTerm, const char type[], const char what[], Vec, EnergyField *);
/* The line in the table of a type that goes with an option for a field. */
#define ENERGY_FIELD_INTERPOLATE(name)                                                                                                     \
  {                                                                                                                                        \
    name "_interpolate", JKO_OPTION_BOOL, JKO_OPTION_DEFINES, "false", .setter = "FieldFromFileInterpolated",                              \
                                                                       .help = "Whether that file may have cells of its own"               \
  }
PETSC_EXTERN PetscErrorCode EnergyFieldFromOption(EnergyTerm, JKOOptionItems, const char name[],
                                                  PetscErrorCode (*set)(EnergyTerm, PetscReal), EnergyField *);
PETSC_EXTERN PetscErrorCode EnergyFieldFromOptionPair(EnergyTerm, JKOOptionItems, const char name[], EnergyField *);
PETSC_EXTERN PetscErrorCode EnergyFieldSetUp(EnergyTerm, const char suffix[], const char what[], PetscReal least, EnergyField *);
PETSC_EXTERN PetscErrorCode EnergyFieldCopy(EnergyTerm, const EnergyField *, EnergyTerm coarse, EnergyField *);
PETSC_EXTERN PetscErrorCode EnergyFieldText(const EnergyField *, char text[], size_t length);
PETSC_EXTERN PetscErrorCode EnergyFieldDestroy(EnergyField *);
PETSC_EXTERN PetscErrorCode EnergyTermCoefficientText(PetscReal coefficient, char text[], size_t length);

/* Whether the parameter is the same in every cell. */
static inline PetscBool EnergyFieldIsNumber(const EnergyField *f)
{
  return (PetscBool)(!f->expression && !f->file && !f->field);
}

/* Its values in n cells of this rank; after EnergyFieldSetUp(). */
static inline void EnergyFieldChunk(const EnergyField *f, PetscInt first, PetscInt n, PetscReal y[])
{
  for (PetscInt i = 0; i < n; i++) y[i] = f->value ? PetscRealPart(f->value[first + i]) : f->number;
}

PETSC_EXTERN PetscClassId  ENERGYTERM_CLASSID;
PETSC_EXTERN PetscLogEvent Energy_Prox, Energy_React, Energy_Value, Energy_Interaction;

#endif
