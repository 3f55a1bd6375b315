"""What members propose as themes of a round: the phase, the proposals, their supports and their steps."""
