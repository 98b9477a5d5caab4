"""What a market is: instruments, books, baskets, fees and kernels. Pure; numpy and numba only."""
