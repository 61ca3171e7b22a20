namespace LoraFunctions.Cli.Hosting;

/// <summary>Somebody who wants to see a workflow move. Called on the activities' threads; must be quick and must not throw.</summary>
internal interface IActivityObserver
{
    /// <summary>An activity has ended well.</summary>
    void Ended(object input, object output);
}
