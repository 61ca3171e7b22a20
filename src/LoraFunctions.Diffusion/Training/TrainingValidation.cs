namespace LoraFunctions.Diffusion.Training;

/// <summary>A validation: mean loss over the held-out pictures at fixed timesteps and noise.</summary>
public sealed record TrainingValidation(long Step, int Epoch, double Loss);
