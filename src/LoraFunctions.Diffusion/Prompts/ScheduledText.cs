namespace LoraFunctions.Diffusion.Prompts;

/// <summary>What <c>[words:0.7]</c> means. The other brackets mean the same either way.</summary>
public enum BracketMeaning
{
    /// <summary>WebUI's: the words come in after 70 % of the steps.</summary>
    Schedule,

    /// <summary>The words weigh 0.7, as <c>(words:0.7)</c>.</summary>
    Weight,
}

/// <summary>The text of a prompt up to and with a step (from 1).</summary>
public readonly record struct ScheduledText(int EndStep, string Text);
