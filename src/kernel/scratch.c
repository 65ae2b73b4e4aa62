/* Aligned memory that grows to what was asked for; large pieces on huge pages where the system has them. */
#include <stdlib.h>
#include <sys/mman.h>
#include <jko/private/scratch.h>

enum { SCRATCH_LINE = 64, SCRATCH_HUGE = 1 << 21 }; /* bytes */

/* At least `reals` reals, zero when new; what was there is lost when it grows. Not collective. */
PetscErrorCode ScratchReserve(Scratch *scratch, PetscInt reals)
{
  const size_t bytes = ((size_t)reals * sizeof(PetscReal) + SCRATCH_LINE) / SCRATCH_LINE * SCRATCH_LINE;
  void        *memory;

  PetscFunctionBegin;
  if (reals <= scratch->capacity) PetscFunctionReturn(PETSC_SUCCESS);
  ScratchFree(scratch);
  PetscCheck(!posix_memalign(&memory, bytes < SCRATCH_HUGE ? SCRATCH_LINE : SCRATCH_HUGE, bytes), PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %zu bytes of the kernel's scratch", bytes);
#ifdef MADV_HUGEPAGE
  if (bytes >= SCRATCH_HUGE) (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  PetscCall(PetscMemzero(memory, bytes));
  scratch->data     = (PetscReal *)memory;
  scratch->capacity = reals;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void ScratchFree(Scratch *scratch)
{
  free(scratch->data);
  scratch->data     = NULL;
  scratch->capacity = 0;
}
