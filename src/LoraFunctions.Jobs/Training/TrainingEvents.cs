using Microsoft.Extensions.Logging;

namespace LoraFunctions.Jobs.Training;

/// <summary>What training logs; ids 3000 to 3099.</summary>
internal static partial class TrainingEvents
{
    [LoggerMessage(EventId = 3000, Level = LogLevel.Information, Message = "Training of {Models} goes on after step {Step}.")]
    public static partial void Resumed(ILogger logger, string models, long step);

    [LoggerMessage(
        EventId = 3006,
        Level = LogLevel.Information,
        Message = "Training of {Models} ended at step {Step} before: nothing is left to train. To train anew, move {Folder} away.")]
    public static partial void FinishedBefore(ILogger logger, string models, long step, string folder);

    [LoggerMessage(
        EventId = 3001,
        Level = LogLevel.Information,
        Message = "{Model}: validation loss {Loss:0.0000} after epoch {Epoch}, step {Step}{IsBest}.")]
    public static partial void Validated(ILogger logger, string model, int epoch, long step, double loss, string isBest);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Warning, Message = "{Model}, step {Step}: {By}: {What}.")]
    public static partial void Decided(ILogger logger, string model, long step, string by, string what);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning, Message = "{Problem}")]
    public static partial void ControlIgnored(ILogger logger, string problem);

    [LoggerMessage(
        EventId = 3004,
        Level = LogLevel.Warning,
        Message = "{Model}: {Count} captions are longer than the text encoder takes and are cut, the first of {FileName}.")]
    public static partial void CaptionsCut(ILogger logger, string model, int count, string fileName);

    [LoggerMessage(
        EventId = 3005,
        Level = LogLevel.Information,
        Message = "{Model}: sample pictures of epoch {Epoch}: {Path}")]
    public static partial void Sampled(ILogger logger, string model, int epoch, string path);
}
