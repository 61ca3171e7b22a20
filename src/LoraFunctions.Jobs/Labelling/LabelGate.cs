using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Jobs.Labelling;

/// <summary>The part <c>gate:</c> of a label table: what CLIP is asked that decides whether a photo is used at all.</summary>
public sealed record LabelGate(IReadOnlyList<GateQuestion> Questions)
{
    /// <summary>No question: every photo is used.</summary>
    public static LabelGate None { get; } = new([]);

    /// <summary>From this cosine of two photos' embeddings on they show the same scene, and one is enough; null: all are used.</summary>
    public double? MinSameScene { get; init; }
}

/// <summary>One question of the gate.</summary>
/// <param name="Name">As in the file, e.g. <c>busy background</c>.</param>
/// <param name="Group">Every sentence is a candidate: first those that speak against the photo, then those that speak for it.</param>
/// <param name="Against">How many speak against it.</param>
/// <param name="Threshold">From this probability of those against it on the photo is rejected; null: it is only scored.</param>
public sealed record GateQuestion(string Name, GateReason Reason, LabelGroup Group, int Against, double? Threshold);

/// <summary>How much speaks against a photo in one question of the gate.</summary>
/// <param name="Probability">0 to 1.</param>
public sealed record GateScore(string Question, double Probability);
