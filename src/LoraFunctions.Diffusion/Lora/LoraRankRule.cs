namespace LoraFunctions.Diffusion.Lora;

/// <summary>How many singular values of a module's update are kept. All but <see cref="Fixed"/> choose for every module by itself.</summary>
public enum LoraRankRule
{
    /// <summary>As many as the rank says.</summary>
    Fixed,

    /// <summary><c>sv_ratio</c>: those larger than the largest divided by the target (more than 1), and one.</summary>
    SingularValueRatio,

    /// <summary><c>sv_fro</c>: until the Frobenius norm of what is kept is the target's share (0 to 1) of the whole, and one.</summary>
    SingularValueFrobenius,

    /// <summary><c>sv_cumulative</c>: until the sum of what is kept is the target's share (0 to 1) of the whole, and one.</summary>
    SingularValueCumulative,
}
