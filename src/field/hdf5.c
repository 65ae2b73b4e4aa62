/* One HDF5 file of fields, opened by all ranks: made under a temporary name and renamed when it is whole; read only after one
   rank has looked whether it can be read at all, so that a bad file gives one line and no noise from the libraries below. */
#define _GNU_SOURCE /* fallocate() */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/gridimpl.h>

static PetscLogEvent Field_Write = 0, Field_Read = 0; /* from opening to closing */

/* FieldGetLayout - the grid in the axis order of files. Not collective. */
PetscErrorCode FieldGetLayout(Grid grid, FieldLayout *layout)
{
  PetscInt dim, n[3], start[3], width[3];

  PetscFunctionBegin;
  PetscCall(GridGetDimension(grid, &dim));
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetCorners(grid, start, width));
  layout->rank = (int)dim;
  for (PetscInt a = 0; a < dim; a++) {
    const PetscInt i = dim - 1 - a;

    layout->size[i]  = (hsize_t)n[a];
    layout->start[i] = (hsize_t)start[a];
    layout->width[i] = (hsize_t)width[a];
    layout->axis[i]  = "xyz"[a];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileFail - keeps the first failure, when a rank reports one with `mine`. The text must be the same on every rank. Collective. */
PetscErrorCode FieldFileFail(FieldFile file, PetscBool mine, const char format[], ...)
{
  PetscBool any;
  va_list   arguments;
  char      text[FIELD_MESSAGE / 2];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&mine, &any, 1, JKO_MPI_BOOL, MPI_LOR, file->comm));
  if (!any || file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  PetscCall(PetscSNPrintf(file->failure, sizeof file->failure, "%s: '%s' %s", file->option, file->path, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FieldForgetEvents(void)
{
  PetscFunctionBegin;
  Field_Write = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FieldRegisterEvents(void)
{
  PetscFunctionBegin;
  if (Field_Write) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscLogEventRegister("FieldWrite", GRID_CLASSID, &Field_Write));
  PetscCall(PetscLogEventRegister("FieldRead", GRID_CLASSID, &Field_Read));
  PetscCall(PetscRegisterFinalize(FieldForgetEvents));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode FieldFileNew(Grid grid, const char option[], const char path[], FieldFile *file)
{
  DM dm;

  PetscFunctionBegin;
  PetscCall(FieldRegisterEvents());
  PetscCall(PetscNew(file));
  PetscCall(GridGetDM(grid, &dm));
  (*file)->grid   = grid;
  (*file)->comm   = PetscObjectComm((PetscObject)dm);
  (*file)->option = option;
  (*file)->id     = H5I_INVALID_HID;
  PetscCall(PetscStrncpy((*file)->path, path, sizeof(*file)->path));
  (void)H5Eget_auto2(H5E_DEFAULT, &(*file)->print, &(*file)->printdata);
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  /* Open MPI's shared file pointers in locked files, which nobody uses here, overflow at absolute paths of 215 characters. It asks for
     this variable where the first file of a process is opened. */
  (void)setenv("OMPI_MCA_sharedfp", "^lockedfile", 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a file of so many fields takes, in bytes, never less: whole chunks, axes, attributes, HDF5's tables. */
static PetscErrorCode EstimateSize(FieldFile file, PetscInt fields, off_t *bytes)
{
  FieldLayout layout;
  off_t       cells = 1;

  PetscFunctionBegin;
  PetscCall(FieldGetLayout(file->grid, &layout));
  for (int i = 0; i < layout.rank; i++) {
    const hsize_t chunk = file->durable ? FieldChunk(&layout, i) : 1;

    cells *= (off_t)((layout.size[i] + chunk - 1) / chunk * chunk);
    *bytes += (off_t)layout.size[i] * 8;
  }
  *bytes += 131072 + fields * (cells * 8 + cells / 64);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether there is room for a file, 0 or the reason as in errno: HDF5 does not survive a disk that fills up under it. `mode` as of
   fallocate(); 0 makes the file anew, so that HDF5 writes through no link. On one rank. */
static int ReserveSpace(const char path[], int mode, off_t bytes)
{
  const int make = mode ? 0 : O_CREAT | O_EXCL;
  int       file, error;

  if (make) (void)unlink(path);
  file  = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | make, 0666);
  error = file < 0 ? errno : 0;

  if (file >= 0 && fallocate(file, mode, 0, bytes) && errno != EOPNOTSUPP && errno != ENOSYS) error = errno;
  if (file >= 0) (void)close(file);
  if (file >= 0 && error) (void)unlink(path);
  return error;
}

static PetscErrorCode CheckSpace(FieldFile file, int mode)
{
  PetscMPIInt   rank;
  struct rlimit limit;
  int           mine = 0, error;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < (rlim_t)file->bytes) mine = EFBIG;
  if (!rank && !mine) mine = ReserveSpace(file->temporary, mode, file->bytes);
  PetscCallMPI(MPI_Allreduce(&mine, &error, 1, MPI_INT, MPI_MAX, file->comm));
  PetscCall(FieldFileFail(file, (PetscBool)(error != 0), "cannot be written, %.4g MB: %s", (double)file->bytes / 1e6, strerror(error)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileCreate - a new file under a temporary name; FieldFileClose() gives it its own. There must be room for
   `fields` of them. `durable`: every dataset carries a checksum
   (Fletcher32), the whole is sealed, and it is on disk before it takes its name. Collective. */
PetscErrorCode FieldFileCreate(Grid grid, const char option[], const char path[], PetscBool durable, PetscInt fields, FieldFile *file)
{
  hid_t     access = H5Pcreate(H5P_FILE_ACCESS), create = H5Pcreate(H5P_FILE_CREATE);
  FieldFile f;

  PetscFunctionBegin;
  PetscCall(FieldFileNew(grid, option, path, &f));
  f->writing = PETSC_TRUE;
  PetscCall(PetscLogEventBegin(Field_Write, grid, 0, 0, 0));
  f->durable = durable;
  PetscCall(PetscSNPrintf(f->temporary, sizeof f->temporary, "%s.part", path));
  (void)H5Pset_fapl_mpio(access, f->comm, MPI_INFO_NULL);
  (void)H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED); /* netCDF-4 wants it */
  (void)H5Pset_obj_track_times(create, 0);
  PetscCall(EstimateSize(f, fields, &f->bytes));
  FieldClockStart(f);
  PetscCall(CheckSpace(f, 0));
  if (!f->failure[0]) f->id = H5Fcreate(f->temporary, H5F_ACC_TRUNC, create, access);
  if (f->id >= 0) PetscCall(CheckSpace(f, FALLOC_FL_KEEP_SIZE)); /* of the file as it is now */
  (void)H5Pclose(create);
  (void)H5Pclose(access);
  PetscCall(FieldFileFail(f, (PetscBool)(f->id < 0), "cannot be written"));
  *file = f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileOpen - a file to read from. Collective. */
PetscErrorCode FieldFileOpen(Grid grid, const char option[], const char path[], FieldFile *file)
{
  char        trouble[FIELD_MESSAGE] = "";
  PetscMPIInt rank;
  struct stat status;
  hid_t       access;
  FieldFile   f;

  PetscFunctionBegin;
  PetscCall(FieldFileNew(grid, option, path, &f));
  *file = f;
  PetscCall(PetscLogEventBegin(Field_Read, grid, 0, 0, 0));
  PetscCallMPI(MPI_Comm_rank(f->comm, &rank));
  if (!rank) FieldFileLook(path, trouble);
  PetscCallMPI(MPI_Bcast(trouble, sizeof trouble, MPI_CHAR, 0, f->comm));
  PetscCall(FieldFileFail(f, (PetscBool)(trouble[0] != 0), "%s", trouble));
  if (f->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  if (!rank && !stat(path, &status)) f->bytes = status.st_size;
  FieldClockStart(f);
  access = H5Pcreate(H5P_FILE_ACCESS);
  (void)H5Pset_fapl_mpio(access, f->comm, MPI_INFO_NULL);
  f->id = H5Fopen(path, H5F_ACC_RDONLY, access);
  (void)H5Pclose(access);
  PetscCall(FieldFileFail(f, (PetscBool)(f->id < 0), "cannot be opened by all ranks"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int SyncPath(const char path[], int flags)
{
  const int descriptor = open(path, flags);
  int       status;

  if (descriptor < 0) return -1;
  status = fsync(descriptor);
  return close(descriptor) ? -1 : status;
}

/* FieldFilePublish - gives a finished file its name, with `durable` so that a crash leaves either the old or the new one; `failure`
   receives the system's reason or "". On one rank. */
PetscErrorCode FieldFilePublish(const char temporary[], const char path[], PetscBool durable, char failure[])
{
  char  folder[PETSC_MAX_PATH_LEN];
  char *slash;
  int   status;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(folder, path, sizeof folder));
  slash = strrchr(folder, '/');
  if (slash) slash[slash == folder] = 0;
  status = durable ? SyncPath(temporary, O_RDWR) : 0;
  status = status || rename(temporary, path);
  if (durable && !status) status = SyncPath(slash ? folder : ".", O_RDONLY | O_DIRECTORY);
  PetscCall(PetscStrncpy(failure, status ? strerror(errno) : "", FIELD_MESSAGE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gives back what was reserved and not used. On one rank. */
static void ReleaseSpace(const char path[])
{
  struct stat status;

  if (!stat(path, &status)) (void)!truncate(path, status.st_size);
}

static PetscErrorCode FieldFileFinish(FieldFile file)
{
  char        failure[FIELD_MESSAGE] = "";
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCallMPI(MPI_Barrier(file->comm));
  if (!rank) ReleaseSpace(file->temporary);
  if (file->durable && !file->failure[0]) {
    PetscCall(FieldSealWrite(file->comm, file->temporary, file->step, failure));
    PetscCall(FieldFileFail(file, (PetscBool)(failure[0] != 0), "cannot be written: %s", failure));
  }
  if (!rank && file->failure[0])
    (void)unlink(file->temporary);
  else if (!rank)
    PetscCall(FieldFilePublish(file->temporary, file->path, file->durable, failure));
  PetscCallMPI(MPI_Bcast(failure, sizeof failure, MPI_CHAR, 0, file->comm));
  PetscCall(FieldFileFail(file, (PetscBool)(failure[0] != 0), "cannot be written: %s", failure));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldFileClose - ends reading or writing; what was written takes its name only when all went well. With `reason` (FIELD_MESSAGE
   characters) the first failure is put there, without it the failure is raised: JKO_ERR_FILE on reading. Collective. */
PetscErrorCode FieldFileClose(FieldFile *file, char reason[])
{
  FieldFile f    = *file;
  MPI_Comm  comm = f->comm;
  PetscBool writing;
  char      failure[FIELD_MESSAGE];

  PetscFunctionBegin;
  if (f->id >= 0) {
    herr_t status = f->writing ? H5Fflush(f->id, H5F_SCOPE_GLOBAL) : 0;

    if (H5Fclose(f->id) < 0) status = -1;

    PetscCall(FieldFileFail(f, (PetscBool)(status < 0), f->writing ? "cannot be written" : "cannot be closed"));
  }
  if (f->writing) PetscCall(FieldFileFinish(f));
  FieldClockStop(f);
  if (!f->failure[0]) (void)H5Eset_auto2(H5E_DEFAULT, f->print, f->printdata); /* after a failure HDF5 would complain at exit */
  PetscCall(PetscStrncpy(failure, f->failure, sizeof failure));
  writing = f->writing;
  PetscCall(PetscLogEventEnd(writing ? Field_Write : Field_Read, f->grid, 0, 0, 0));
  PetscCall(PetscFree(*file));
  if (reason)
    PetscCall(PetscStrncpy(reason, failure, FIELD_MESSAGE));
  else
    PetscCheck(!failure[0], comm, writing ? PETSC_ERR_FILE_WRITE : JKO_ERR_FILE, "%s", failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}
