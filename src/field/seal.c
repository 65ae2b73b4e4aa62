/* The seal of a file that must not be read when it is not what was written: a last line with the number of bytes before it and a digest
   over all of them, after the end that HDF5 knows of. So every byte counts: fields, attributes, names and HDF5's own tables.

   The digest is the sum of the hashes of all blocks, each seeded with its place: ranks share the reading, and the result does not depend on
   how many they are. A hash steps through words by h <- (h xor w) p mod 2^64, h <- h xor (h >> 32), both of them bijections: two blocks
   that differ in one word never have the same. After Fowler, Noll and Vo, FNV-1a (IETF draft-eastlake-fnv). */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/sysimpl.h>

#define SEAL_BLOCK 1048576 /* bytes */
#define SEAL_SPACE 128

static uint64_t HashBlock(uint64_t place, size_t length, const unsigned char bytes[])
{
  const uint64_t prime = 0x9e3779b97f4a7c15;
  uint64_t       hash  = (place + 1) * prime + length;

  for (size_t i = 0; i < length; i += 8) {
    uint64_t word = 0;

    memcpy(&word, bytes + i, PetscMin(8, length - i));
    hash = (hash ^ le64toh(word)) * prime;
    hash ^= hash >> 32;
  }
  return hash;
}

/* The digest of the first `length` bytes; all ranks read. `unread` tells whether some could not. Types are MPI's own: -inspect does
   without PETSc. */
static PetscErrorCode Digest(MPI_Comm comm, const char path[], int64_t length, uint64_t *digest, int *unread)
{
  const int      file = JKOFileOpen(path, O_RDONLY);
  unsigned char *block;
  PetscMPIInt    rank, size;
  uint64_t       sum    = 0;
  int            failed = file < 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc1(SEAL_BLOCK, &block));
  for (int64_t at = rank; at * SEAL_BLOCK < length && !failed; at += size) {
    const size_t wanted = (size_t)PetscMin(SEAL_BLOCK, length - at * SEAL_BLOCK);

    failed = pread(file, block, wanted, at * SEAL_BLOCK) != (ssize_t)wanted;
    sum += HashBlock((uint64_t)at, wanted, block);
  }
  PetscCall(PetscFree(block));
  if (file >= 0) (void)close(file);
  PetscCallMPI(MPI_Allreduce(&sum, digest, 1, MPI_UINT64_T, MPI_SUM, comm));
  PetscCallMPI(MPI_Allreduce(&failed, unread, 1, MPI_INT, MPI_LOR, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The line itself, always of the same length, which is returned. */
static int FormatSeal(char text[], long long step, long long bytes, uint64_t digest)
{
  return snprintf(text, SEAL_SPACE, "\njko seal: step %19lld, %19lld bytes, digest %016llx\n", step, bytes, (unsigned long long)digest);
}

/* The line at the end of a file, and the number of bytes before it; no line: -1. */
static void ReadSeal(const char path[], char text[], long long *step, int64_t *before)
{
  const int    file   = JKOFileOpen(path, O_RDONLY);
  const size_t length = (size_t)FormatSeal(text, 0, 0, 0);
  long long    bytes;
  struct stat  status;

  *before = -1;
  if (file >= 0 && !fstat(file, &status) && status.st_size > (off_t)length &&
      pread(file, text, length, status.st_size - (off_t)length) == (ssize_t)length &&
      sscanf(text, "\njko seal: step %lld, %lld bytes", step, &bytes) == 2)
    *before = (int64_t)status.st_size - (int64_t)length;
  if (file >= 0) (void)close(file);
}

/* FieldSealStep - the step of the state in a sealed file, not verified; -1 where there is no seal. On one rank. */
long long FieldSealStep(const char path[])
{
  char      text[SEAL_SPACE];
  long long step;
  int64_t   before;

  ReadSeal(path, text, &step, &before);
  return before < 0 ? -1 : step;
}

/* FieldSealWrite - seals a finished file; `failure` (FIELD_MESSAGE characters) receives the system's reason or "". Collective. */
PetscErrorCode FieldSealWrite(MPI_Comm comm, const char path[], PetscInt step, char failure[])
{
  char        text[SEAL_SPACE];
  PetscMPIInt rank;
  struct stat status;
  int64_t     length = -1;
  uint64_t    digest;
  int         unread;

  PetscFunctionBegin;
  failure[0] = 0;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank && !stat(path, &status)) length = (int64_t)status.st_size;
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT64_T, 0, comm));
  PetscCall(Digest(comm, path, length, &digest, &unread));
  if (length < 0 || unread)
    PetscCall(PetscStrncpy(failure, "it cannot be read again", FIELD_MESSAGE));
  else if (!rank) {
    const int    file  = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    const size_t bytes = (size_t)FormatSeal(text, (long long)step, (long long)length, digest);

    errno = ENOSPC; /* what a short write means */
    if (file < 0 || write(file, text, bytes) != (ssize_t)bytes) PetscCall(PetscStrncpy(failure, strerror(errno), FIELD_MESSAGE));
    if (file >= 0 && close(file) && !failure[0]) PetscCall(PetscStrncpy(failure, strerror(errno), FIELD_MESSAGE));
  }
  PetscCallMPI(MPI_Bcast(failure, FIELD_MESSAGE, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Why a file has no seal. */
static void ExplainMissing(const char path[], char why[])
{
  hid_t file;

  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  FieldFileLook(path, why);
  if (why[0]) return;
  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  (void)snprintf(why, FIELD_MESSAGE, "%s",
                 H5Aexists(file, "program") > 0 && H5Aexists(file, "potential_tau") > 0 ? "is damaged: its last line, the seal, is missing"
                                                                                        : "is no checkpoint of jko");
  (void)H5Fclose(file);
}

/* FieldSealVerify - what is wrong with a file that should be sealed (FIELD_MESSAGE characters), the same on all ranks; "" when every byte
   is as it was written. Collective. */
PetscErrorCode FieldSealVerify(MPI_Comm comm, const char path[], char trouble[])
{
  char        text[SEAL_SPACE], again[SEAL_SPACE] = "";
  PetscMPIInt rank;
  long long   step   = 0;
  int64_t     length = -1;
  uint64_t    digest;
  int         unread;

  PetscFunctionBegin;
  trouble[0] = 0;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) {
    ReadSeal(path, text, &step, &length);
    if (length < 0) ExplainMissing(path, trouble);
  }
  PetscCallMPI(MPI_Bcast(trouble, FIELD_MESSAGE, MPI_CHAR, 0, comm));
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT64_T, 0, comm));
  if (trouble[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(Digest(comm, path, length, &digest, &unread));
  if (!rank && unread) PetscCall(PetscStrncpy(trouble, "cannot be read to its end", FIELD_MESSAGE));
  if (!rank && !unread && memcmp(text, again, (size_t)FormatSeal(again, step, (long long)length, digest)) != 0)
    PetscCall(PetscStrncpy(trouble, "is damaged: its bytes are not those that were written", FIELD_MESSAGE));
  PetscCallMPI(MPI_Bcast(trouble, FIELD_MESSAGE, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
