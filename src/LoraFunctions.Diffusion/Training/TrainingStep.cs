namespace LoraFunctions.Diffusion.Training;

/// <summary>One optimizer step of one model.</summary>
/// <param name="Step">Optimizer steps taken, this one counted.</param>
/// <param name="TotalSteps">Of the whole training if nothing stops it.</param>
/// <param name="Epoch">Counted from 1; the one this step's last batch belongs to.</param>
/// <param name="Loss">Mean over the step's pictures, before the update.</param>
/// <param name="LearningRate">The UNet's, with the scheduler's factor.</param>
/// <param name="GradientNorm">Before clipping.</param>
public sealed record TrainingStep(string Model, long Step, long TotalSteps, int Epoch, double Loss, double LearningRate, double GradientNorm);
