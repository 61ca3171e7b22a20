namespace LoraFunctions.Worker.Logging;

/// <summary>Every event id of the worker, 2000 to 2999. Never given to something else.</summary>
internal static class WorkerEvents
{
    public const int Started = 2000;
    public const int Stopped = 2001;
    public const int QueueUnreachable = 2002;
    public const int MessageRefused = 2003;

    public const int JobStarted = 2010;
    public const int JobEnded = 2011;
    public const int JobFailed = 2012;
    public const int JobTroubled = 2013;
    public const int ResultAdopted = 2014;

    public const int RenewalFailed = 2020;
    public const int OwnershipLost = 2021;

    public const int CheckpointUploaded = 2030;
    public const int CheckpointResumed = 2031;
    public const int StatusFailed = 2032;
    public const int ControlTaken = 2033;
    public const int ControlFailed = 2034;
}
