/* What is wrong with a file, before it is opened in earnest. HDF5 may crash or loop on a damaged one, and MPI-IO complains in words of its
   own: so a child goes through all of it first, in silence, and what becomes of the child tells. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>

#define LOOK_VALUES  65536 /* read at once */
#define LOOK_SECONDS 20    /* of processor time, and one more for every LOOK_RATE bytes: a loop does not end */
#define LOOK_RATE    10000000

typedef struct {
  off_t     end;    /* of the file */
  PetscBool sealed; /* so that its values need not be read */
} LookContext;

/* Exit statuses of the child. */
enum { LOOK_SOUND, LOOK_NO_HDF5 = 10, LOOK_NOT_OPENED, LOOK_NOT_READ };

static herr_t LookAtAttribute(hid_t object, const char name[], const H5A_info_t *info, void *context)
{
  const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = attribute < 0 ? H5I_INVALID_HID : H5Aget_type(attribute);
  char       *value = NULL;
  herr_t      status;

  (void)info, (void)context;
  if (type >= 0 && H5Aget_storage_size(attribute) < LOOK_VALUES * 8) value = malloc(LOOK_VALUES * 8 + H5Tget_size(type));
  status = !value || H5Aread(attribute, type, value) >= 0 ? 0 : -1;
  free(value);
  if (type >= 0) (void)H5Tclose(type);
  if (attribute >= 0) (void)H5Aclose(attribute);
  return status;
}

/* Values that went through filters, which take what the file says for granted: read by slabs of the slowest axis. */
static void LookAtValues(hid_t dataset, hid_t space, int rank)
{
  hsize_t size[H5S_MAX_RANK] = {0}, start[H5S_MAX_RANK] = {0}, width[H5S_MAX_RANK], row = 1;
  double *a = NULL;

  (void)H5Sget_simple_extent_dims(space, size, NULL);
  memcpy(width, size, sizeof width);
  for (int i = 1; i < rank; i++) row *= size[i];
  width[0] = PetscMax(1, PetscMin(size[0], LOOK_VALUES / PetscMax(row, 1)));
  if (row < LOOK_VALUES * (hsize_t)1024) a = malloc((size_t)(width[0] * row) * sizeof *a);
  for (; a && start[0] < size[0]; start[0] += width[0]) {
    hid_t memory;

    width[0] = PetscMin(width[0], size[0] - start[0]);
    memory   = H5Screate_simple(rank, width, NULL);
    (void)H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, width, NULL);
    (void)H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, a); /* that it fails is told when it is read in earnest */
    (void)H5Sclose(memory);
  }
  free(a);
}

/* -1 when its values lie beyond the end of the file. */
static herr_t LookAtDataset(hid_t dataset, const LookContext *look)
{
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset), plan = H5Dget_create_plist(dataset);
  const int   rank        = H5Sget_simple_extent_ndims(space);
  const H5T_class_t class = H5Tget_class(type);
  const haddr_t place     = H5Dget_offset(dataset);
  const hsize_t bytes     = H5Dget_storage_size(dataset);
  herr_t        status    = 0;

  if (space < 0 || type < 0 || plan < 0)
    status = -1;
  else if (place != HADDR_UNDEF)
    status = bytes > (hsize_t)look->end || place > (hsize_t)look->end - bytes ? -1 : 0;
  else if (!look->sealed && rank > 0 && (class == H5T_FLOAT || class == H5T_INTEGER) && H5Pget_nfilters(plan) > 0)
    LookAtValues(dataset, space, rank);
  (void)H5Pclose(plan);
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  return status;
}

static herr_t LookAtObject(hid_t group, const char name[], const H5L_info_t *info, void *context)
{
  const PetscBool hard   = (PetscBool)(info->type == H5L_TYPE_HARD);
  const hid_t     object = H5Oopen(group, name, H5P_DEFAULT);
  herr_t          status = 0;

  if (object < 0) return hard ? -1 : 0; /* other links may lead nowhere */
  if (H5Iget_type(object) != H5I_DATATYPE) status = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, LookAtAttribute, NULL);
  if (!status && H5Iget_type(object) == H5I_DATASET) status = LookAtDataset(object, context);
  (void)H5Oclose(object);
  return status;
}

/* Goes through a file of `end` bytes. */
static int LookThrough(const char path[], off_t end)
{
  LookContext look   = {.end = end, .sealed = (PetscBool)(FieldSealStep(path) >= 0)};
  int         status = LOOK_SOUND;
  hid_t       file;

  if (H5Fis_hdf5(path) <= 0) return LOOK_NO_HDF5;
  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) return LOOK_NOT_OPENED;
  if (H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, LookAtAttribute, NULL) ||
      H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, LookAtObject, &look))
    status = LOOK_NOT_READ;
  if (H5Fclose(file) < 0) status = LOOK_NOT_READ;
  return status;
}

/* The child: nothing that it does is seen but how it ends. */
static void LookAsChild(const char path[], off_t end)
{
  const int           silence = open("/dev/null", O_WRONLY), deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT};
  const rlim_t        seconds = (rlim_t)(LOOK_SECONDS + end / LOOK_RATE);
  const struct rlimit no_core = {0, 0}, time = {seconds, seconds};

  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) (void)signal(deadly[i], SIG_DFL);
  (void)signal(SIGXCPU, SIG_DFL);
  (void)dup2(silence, STDOUT_FILENO);
  (void)dup2(silence, STDERR_FILENO);
  (void)setrlimit(RLIMIT_CORE, &no_core);
  (void)setrlimit(RLIMIT_CPU, &time);
  _exit(LookThrough(path, end));
}

/* FieldFileLook - what one rank sees wrong with a file before all open it; "" when HDF5 can read what it holds. HDF5's own printing is to
   be off. */
const char *FieldFileLook(const char path[])
{
  struct stat status;
  pid_t       child, ended = -1;
  int         end = 0;

  if (access(path, F_OK)) return "is not there";
  if (stat(path, &status) || !S_ISREG(status.st_mode)) return "is not a file";
  if (access(path, R_OK)) return "may not be read";
  child = fork();
  if (!child) LookAsChild(path, status.st_size);
  if (child > 0) do
      ended = waitpid(child, &end, 0);
    while (ended < 0 && errno == EINTR);
  end = ended < 0        ? LookThrough(path, status.st_size)
        : WIFEXITED(end) ? WEXITSTATUS(end)
                         : LOOK_NOT_READ; /* no other process to be had: here */
  if (end == LOOK_SOUND) return "";
  if (end == LOOK_NO_HDF5) return "is not an HDF5 file";
  return end == LOOK_NOT_OPENED ? "is damaged: HDF5 cannot open it" : "is damaged: HDF5 cannot read all that it holds";
}
