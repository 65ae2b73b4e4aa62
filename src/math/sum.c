/* The end of a sum: its lanes, then the ranks, with the rounding errors carried along. */
#include <jko/private/sumimpl.h>

#define SUM_MOST 64 /* sums in one reduction */

static void SumPair(double *high, double *low, double h, double l)
{
  const double s = *high + h, t = s - *high;

  *low += l + ((*high - (s - t)) + (h - t));
  *high = s;
}

static void MPIAPI SumCombine(void *in, void *inout, PetscMPIInt *count, MPI_Datatype *type)
{
  const double *from = (const double *)in;
  double       *to   = (double *)inout;

  (void)type;
  for (PetscMPIInt i = 0; i < *count; i++) SumPair(&to[2 * i], &to[2 * i + 1], from[2 * i], from[2 * i + 1]);
}

static MPI_Op       Combine = MPI_OP_NULL;
static MPI_Datatype Pair    = MPI_DATATYPE_NULL;

static PetscErrorCode SumFinalize(void)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Op_free(&Combine));
  PetscCallMPI(MPI_Type_free(&Pair));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The operation and its type, once. */
static PetscErrorCode SumInitialize(void)
{
  PetscFunctionBegin;
  if (Combine != MPI_OP_NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Op_create(SumCombine, 1, &Combine));
  PetscCallMPI(MPI_Type_contiguous(2, MPI_DOUBLE, &Pair));
  PetscCallMPI(MPI_Type_commit(&Pair));
  PetscCall(PetscRegisterFinalize(SumFinalize));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SumAllreduce(MPI_Comm comm, PetscInt n, const Sum sums[], PetscReal totals[])
{
  double local[2 * SUM_MOST] = {0}, global[2 * SUM_MOST];

  PetscFunctionBegin;
  PetscCheck(n <= SUM_MOST, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%" PetscInt_FMT " sums at once, at most %d", n, SUM_MOST);
  PetscCall(SumInitialize());
  for (PetscInt i = 0; i < n; i++)
    for (int l = 0; l < SUM_LANES; l++) SumPair(&local[2 * i], &local[2 * i + 1], sums[i].high[l], sums[i].low[l]);
  PetscCallMPI(MPI_Allreduce(local, global, (PetscMPIInt)n, Pair, Combine, comm));
  for (PetscInt i = 0; i < n; i++) totals[i] = global[2 * i] + global[2 * i + 1];
  PetscFunctionReturn(PETSC_SUCCESS);
}
