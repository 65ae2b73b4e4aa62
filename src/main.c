/* jko: Wasserstein gradient flows from the command line. */
#include <jko.h>

int main(int argc, char *argv[])
{
  return RunMain(argc, argv);
}
