/* One line per kernel type; included twice: to declare the constructors and to register them. */
KERNEL_TYPE(KERNELGAUSSIAN, KernelCreate_Gaussian)
KERNEL_TYPE(KERNELHEAT, KernelCreate_Heat)
