using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Diffusion.Training;

/// <summary>The end of one model's epoch. While it is told, no adapter hangs on the base model, so it can render samples.</summary>
/// <param name="Epoch">Epochs finished.</param>
/// <param name="MeanLoss">Over the epoch's steps.</param>
/// <param name="Snapshot">Makes a copy of the weights as they are now, fp32; the caller disposes it.</param>
/// <param name="IsAgain">Training goes on from the end of this epoch: what an earlier attempt made of it may be there already.</param>
public sealed record TrainingMoment(string Model, int Epoch, int TotalEpochs, long Step, double MeanLoss, Func<LoraWeights> Snapshot, bool IsAgain = false);
