/* The one door to what is meant to be a file: folders, pipes and devices are not opened, so that nothing waits for a writer that never
   comes. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/sysimpl.h>

/* What is wrong with a path to read from, "" when it is a file that may be read. Not collective; needs no PETSc. */
const char *JKOFileTrouble(const char path[])
{
  struct stat status;

  if (stat(path, &status)) return access(path, F_OK) ? "is not there" : "may not be read";
  if (S_ISDIR(status.st_mode)) return "is not a file but a folder";
  if (S_ISFIFO(status.st_mode)) return "is not a file but a pipe";
  if (!S_ISREG(status.st_mode)) return "is not a file but a device";
  return access(path, R_OK) ? "may not be read" : "";
}

/* The descriptor of a file, or -1, also for what is no file: it does not wait, and the path may change while it is opened. Not collective;
   needs no PETSc. */
int JKOFileOpen(const char path[], int flags)
{
  const int   file = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;

  if (file >= 0 && !fstat(file, &status) && S_ISREG(status.st_mode)) return file;
  if (file >= 0) (void)close(file);
  return -1;
}
