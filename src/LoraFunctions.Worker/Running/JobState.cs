namespace LoraFunctions.Worker.Running;

/// <summary>Where one delivery of a job's message stands.</summary>
public enum JobState
{
    /// <summary>The message is ours for a while; nothing else is known.</summary>
    Received,

    /// <summary>The job is ours too.</summary>
    Leased,

    /// <summary>The work is being done.</summary>
    Running,

    /// <summary>The work is done; its artefacts and the result are to be written.</summary>
    Succeeding,

    /// <summary>The job has failed for good; the result that says so is to be written.</summary>
    Failing,

    /// <summary>The result stands; the workflow is to be woken and the message to go.</summary>
    Announcing,

    /// <summary>End: told, and the message is gone.</summary>
    Done,

    /// <summary>End: somebody else is at it; a fresh message comes later in place of this one.</summary>
    Postponed,

    /// <summary>End: it failed this time; the message comes again.</summary>
    LeftToRetry,

    /// <summary>End: this process was told to stop; checkpoints are saved and the message comes again at once.</summary>
    LeftByStop,

    /// <summary>End: message or job belong to somebody else by now; nothing of theirs is touched.</summary>
    Lost,
}
