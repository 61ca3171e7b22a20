using LoraFunctions.Jobs;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Rendering;
using LoraFunctions.Jobs.Training;
using Microsoft.Extensions.Logging;

namespace LoraFunctions.Worker;

/// <summary>What a worker can do.</summary>
public sealed record JobSet(
    IJob<LabellingRequest, LabellingResult> Labelling,
    IJob<TrainingRequest, TrainingResult> Training,
    IJob<RenderingRequest, RenderingResult> Rendering)
{
    /// <summary>The real ones.</summary>
    public static JobSet Create(ILoggerFactory loggers) =>
        new(new LabellingJob(), new TrainingJob(loggers.CreateLogger<TrainingJob>()), new RenderingJob());
}
