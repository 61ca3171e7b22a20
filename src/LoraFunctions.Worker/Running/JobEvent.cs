namespace LoraFunctions.Worker.Running;

/// <summary>What happened to a delivery.</summary>
public enum JobEvent
{
    /// <summary>The job has a result already: ours from an earlier delivery, or another worker's.</summary>
    ResultFound,

    NoResult,

    LeaseGranted,

    LeaseDenied,

    /// <summary>The work ended well.</summary>
    Succeeded,

    /// <summary>It failed, for a reason that may pass.</summary>
    Failed,

    /// <summary>It failed, and would fail again.</summary>
    FailedForGood,

    /// <summary><c>result.json</c> stands, whoever wrote it.</summary>
    ResultCommitted,

    Announced,

    /// <summary>This process was told to stop.</summary>
    StopAsked,

    /// <summary>The message or the lease could not be renewed.</summary>
    OwnershipLost,
}
