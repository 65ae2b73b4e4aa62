/* What is wrong with a file, before it is opened in earnest. HDF5 may crash or loop on a damaged one, and MPI-IO complains in words of its
   own: so a child goes through all of it first, in silence, and what becomes of the child tells. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/sysimpl.h>

#define UNREADABLE   "is damaged: HDF5 cannot read all that it holds"
#define LOOK_BYTES   524288 /* of an attribute, at most */
#define LOOK_SECONDS 20     /* of processor time, and one more for every LOOK_RATE bytes: a loop does not end */
#define LOOK_RATE    10000000

/* What the child sees; it shares the memory with its parent. */
typedef struct {
  off_t     end;    /* of the file */
  PetscBool sealed; /* so that its values need not be read */
  char      trouble[FIELD_MESSAGE];
} Look;

/* Ends the walk through the file, with its reason; names in a file may be long and may hold anything. */
static herr_t LookEnd(Look *look, const char format[], ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
static herr_t LookEnd(Look *look, const char format[], ...)
{
  va_list arguments;
  char    text[FIELD_MESSAGE / 4];

  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  JKOMakeVisible(text, look->trouble, sizeof look->trouble);
  return -1;
}

static herr_t LookAtAttribute(hid_t object, const char name[], const H5A_info_t *info, void *context)
{
  const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = attribute < 0 ? H5I_INVALID_HID : H5Aget_type(attribute);
  char       *value = NULL;
  herr_t      status;

  (void)info, (void)context;
  if (type >= 0 && H5Aget_storage_size(attribute) < LOOK_BYTES) value = malloc(LOOK_BYTES + H5Tget_size(type));
  status = !value || H5Aread(attribute, type, value) >= 0 ? 0 : -1;
  free(value);
  if (type >= 0) (void)H5Tclose(type);
  if (attribute >= 0) (void)H5Aclose(attribute);
  return status;
}

/* Values that went through filters, which take what the file says for granted. That they cannot be read is told when they are read in
   earnest. */
static void LookAtValues(hid_t dataset)
{
  FieldBlocks blocks;

  if (!FieldBlocksBegin(&blocks, dataset)[0])
    while (FieldBlocksNext(&blocks, dataset) > 0) continue;
  free(blocks.value);
}

/* Whether its values lie in other files. To be asked before anything else: even its extent may come from there. */
static PetscBool LiesElsewhere(hid_t plan)
{
  return (PetscBool)(H5Pget_layout(plan) == H5D_VIRTUAL || H5Pget_external_count(plan) > 0);
}

/* -1 when its values lie in another file, or beyond the end of this one. */
static herr_t LookAtDataset(hid_t dataset, const char name[], Look *look)
{
  const hid_t   plan   = H5Dget_create_plist(dataset);
  const haddr_t place  = plan < 0 || LiesElsewhere(plan) ? HADDR_UNDEF : H5Dget_offset(dataset);
  herr_t        status = plan < 0 ? -1 : 0;

  if (plan >= 0 && LiesElsewhere(plan))
    status = LookEnd(look, "has the values of dataset '%s' in another file; only what a file holds itself is read", name);
  else if (place != HADDR_UNDEF) {
    const hsize_t bytes = H5Dget_storage_size(dataset);

    if (bytes > (hsize_t)look->end || place > (hsize_t)look->end - bytes) status = -1;
  } else if (plan >= 0 && !look->sealed && H5Pget_nfilters(plan) > 0)
    LookAtValues(dataset);
  (void)H5Pclose(plan);
  return status;
}

/* Links that stay in the file lead to what hard links lead to as well, so that only these are followed. */
static herr_t LookAtLink(hid_t group, const char name[], const H5L_info_t *info, void *context)
{
  Look  *look = context;
  hid_t  object;
  herr_t status = 0;

  if (info->type == H5L_TYPE_SOFT) return 0;
  if (info->type != H5L_TYPE_HARD) return LookEnd(look, "holds the link '%s' to another file; only what a file holds itself is read", name);
  object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) return -1;
  if (H5Iget_type(object) != H5I_DATATYPE) status = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, LookAtAttribute, NULL);
  if (!status && H5Iget_type(object) == H5I_DATASET) status = LookAtDataset(object, name, look);
  (void)H5Oclose(object);
  return status;
}

static void LookThrough(const char path[], Look *look)
{
  PetscBool sound;
  hid_t     file;

  look->sealed = (PetscBool)(FieldSealStep(path) >= 0);
  if (H5Fis_hdf5(path) <= 0) {
    (void)LookEnd(look, "is not an HDF5 file");
    return;
  }
  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    (void)LookEnd(look, "is damaged: HDF5 cannot open it");
    return;
  }
  sound = (PetscBool)(!H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, LookAtAttribute, NULL) &&
                      !H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, LookAtLink, look));
  if (H5Fclose(file) < 0) sound = PETSC_FALSE;
  if (!sound && !look->trouble[0]) (void)LookEnd(look, UNREADABLE);
}

/* The child: nothing that it does is seen but what it finds and how it ends. */
static void LookAsChild(const char path[], Look *look)
{
  const int           silence = open("/dev/null", O_WRONLY), deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT};
  const rlim_t        seconds = (rlim_t)(LOOK_SECONDS + look->end / LOOK_RATE);
  const struct rlimit no_core = {0, 0}, time = {seconds, seconds};

  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) (void)signal(deadly[i], SIG_DFL);
  (void)signal(SIGXCPU, SIG_DFL);
  (void)dup2(silence, STDOUT_FILENO);
  (void)dup2(silence, STDERR_FILENO);
  (void)setrlimit(RLIMIT_CORE, &no_core);
  (void)setrlimit(RLIMIT_CPU, &time);
  LookThrough(path, look);
  _exit(0);
}

/* FieldFileLook - what one rank sees wrong with a file before all open it (FIELD_MESSAGE characters); "" when HDF5 can read what it holds,
   and it holds it itself. HDF5's own printing is to be off. */
void FieldFileLook(const char path[], char trouble[])
{
  struct stat status;
  pid_t       child = -1, ended = -1;
  int         end = 0;
  Look        own = {0}, *look;

  (void)snprintf(trouble, FIELD_MESSAGE, "%s", JKOFileTrouble(path));
  if (trouble[0]) return;
  look = mmap(NULL, sizeof *look, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (look == MAP_FAILED) look = &own;
  look->end = stat(path, &status) ? 0 : status.st_size;
  if (look != &own) child = fork();
  if (!child) LookAsChild(path, look);
  if (child > 0) do
      ended = waitpid(child, &end, 0);
    while (ended < 0 && errno == EINTR);
  if (ended < 0) LookThrough(path, look); /* no other process to be had: here */
  (void)snprintf(trouble, FIELD_MESSAGE, "%s", ended < 0 || WIFEXITED(end) ? look->trouble : UNREADABLE);
  if (look != &own) (void)munmap(look, sizeof *look);
}
