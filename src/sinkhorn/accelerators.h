/* The accelerators that are added to those of SNES, one line each. */
SINKHORN_ACCELERATOR(SNESWEIGHTEDANDERSON, SNESCreate_WeightedAnderson)
SINKHORN_ACCELERATOR(SNESELLIPTIC, SNESCreate_Elliptic)
