namespace LoraFunctions.Worker.Hosting;

/// <summary>How long a worker process lives.</summary>
internal enum WorkerMode
{
    /// <summary>One job, then it ends: a container that is started for every message.</summary>
    Once,

    /// <summary>Until it is told to stop: a machine of its own.</summary>
    Loop,
}
