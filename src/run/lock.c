/* run.lock: one run at a time in a folder. The lock is the system's, on the open file, so that it ends with its owner however that
   ends; the text inside only tells who it is. Where a file system has no locks, the owner is looked for on this machine. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/runimpl.h>

typedef enum { TAKEN, HELD } Outcome;

/* Whether the owner that an old file names may still run. */
static PetscBool OwnerLives(const char owner[])
{
  long pid       = 0;
  char host[128] = "", here[128] = "";

  if (sscanf(owner, "process %ld on %127s", &pid, host) != 2 || pid <= 0) return PETSC_FALSE;
  (void)gethostname(here, sizeof here - 1);
  return (PetscBool)(!strcmp(host, here) && (!kill((pid_t)pid, 0) || errno == EPERM));
}

/* Locks the open file; `owner` receives who has it instead. */
static Outcome Lock(int file, char owner[], size_t length)
{
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int          error = fcntl(file, F_SETLK, &whole) ? errno : 0;
  ssize_t      got   = pread(file, owner, length - 1, 0);

  owner[PetscMax(got, 0)]     = 0;
  owner[strcspn(owner, "\n")] = 0;
  if (error == EACCES || error == EAGAIN) return HELD;
  return error && OwnerLives(owner) ? HELD : TAKEN;
}

/* RunLock - takes the lock of a folder; its descriptor, or -1 with `reason` (512 characters). On one rank. */
int RunLock(const char path[], char reason[])
{
  char        owner[256] = "", host[128] = "";
  struct stat mine = {0}, there;
  int         file;

  reason[0] = 0;
  for (;;) {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (file >= 0 && (fstat(file, &mine) || !S_ISREG(mine.st_mode) || mine.st_nlink > 1)) {
      (void)close(file);
      file  = -1;
      errno = ELOOP;
    }
    if (file < 0) {
      if (errno == ELOOP || errno == EISDIR || errno == ENXIO)
        (void)snprintf(reason, 512, "'%.400s' is no plain file of its own; remove it", path);
      else
        (void)snprintf(reason, 512, "the folder cannot be written to: %s", strerror(errno));
      return -1;
    }
    if (Lock(file, owner, sizeof owner) == HELD) {
      (void)snprintf(reason, 512, "the folder is in use by another run%s%.200s (%.200s)", owner[0] ? ", " : "", owner, path);
      (void)close(file);
      return -1;
    }
    if (!lstat(path, &there) && mine.st_ino == there.st_ino) break;
    (void)close(file); /* its owner has just removed it */
  }
  (void)gethostname(host, sizeof host - 1);
  (void)snprintf(owner, sizeof owner, "process %ld on %s\n", (long)getpid(), host);
  if (ftruncate(file, 0) || pwrite(file, owner, strlen(owner), 0) < 0) owner[0] = 0; /* it locks all the same */
  return file;
}
